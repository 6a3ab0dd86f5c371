package io.emque.plugin.rendezvous;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Providers;
import io.emque.api.spi.Selector;
import io.emque.api.spi.ServerAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RendezvousSelectorTest {
  private static final int TOPICS = 10_000;
  private static final List<ServerAddress> FOUR =
      IntStream.rangeClosed(1, 4)
          .mapToObj(i -> ServerAddress.parse("mq" + i + ".example.org:8081"))
          .toList();

  private final Selector selector = new RendezvousSelector();

  @Test
  void serverThatLeavesMovesItsOwnTopicsAloneAndEvenly() {
    var before = homes(FOUR);
    ServerAddress gone = FOUR.get(2);
    List<ServerAddress> left = FOUR.stream().filter(server -> !server.equals(gone)).toList();

    var after = homes(left);

    var newHomes = new HashMap<ServerAddress, Integer>();
    before.forEach(
        (topic, home) -> {
          if (home.equals(gone)) {
            newHomes.merge(after.get(topic), 1, Integer::sum);
          } else {
            assertThat(after.get(topic)).as(topic).isEqualTo(home);
          }
        });
    assertThat(newHomes.keySet()).containsExactlyInAnyOrderElementsOf(left);
    assertThat(newHomes.values()).allSatisfy(n -> assertThat(n).isBetween(700, 970));
  }

  @Test
  void serverThatJoinsTakesTopicsAndMovesNoneBetweenTheOthers() {
    var before = homes(FOUR);
    ServerAddress joined = ServerAddress.parse("mq5.example.org:8081");
    var five = new ArrayList<>(FOUR);
    five.add(1, joined);

    var after = homes(five);

    assertThat(after.entrySet())
        .allSatisfy(home -> assertThat(home.getValue()).isIn(joined, before.get(home.getKey())));
    assertThat(after.values()).filteredOn(joined::equals).hasSizeBetween(1_850, 2_150);
  }

  @Test
  void topicsAreSpreadEvenly() {
    var counts = new HashMap<ServerAddress, Integer>();
    homes(FOUR).values().forEach(home -> counts.merge(home, 1, Integer::sum));

    assertThat(counts).hasSize(4);
    assertThat(counts.values()).allSatisfy(n -> assertThat(n).isBetween(2_350, 2_650));
  }

  @Test
  void orderOfTheServersDoesNotMatter() {
    assertThat(homes(FOUR.reversed())).isEqualTo(homes(FOUR));
  }

  @Test
  void addressesBehindOneNameAreServersOfTheirOwn() throws Exception {
    ServerAddress named = ServerAddress.parse("mq.example.org:8081");
    var two =
        List.of(
            named.at(InetAddress.getByName("10.0.0.1")),
            named.at(InetAddress.getByName("10.0.0.2")));

    assertThat(homes(two).values()).containsAll(two);
  }

  /** Another version that hashes otherwise would send topics to other servers than this one. */
  @Test
  void topicsStayWhereTheyHaveAlwaysBeen() {
    assertThat(List.of("foo", "bar", "baz", "orders-1", "ü"))
        .extracting(topic -> FOUR.indexOf(selector.select(topic, FOUR).getFirst()))
        .containsExactly(0, 1, 2, 2, 3);
  }

  @Test
  void isFoundByItsName() {
    assertThat(Providers.builtIn().selector("rendezvous")).isInstanceOf(RendezvousSelector.class);
  }

  @Test
  void standsOnTheApiAlone() {
    assertThat(RendezvousSelector.class.getModule().getDescriptor().requires())
        .extracting(required -> required.name())
        .containsExactlyInAnyOrder("java.base", "io.emque.api", "org.jspecify");
  }

  private Map<String, ServerAddress> homes(List<ServerAddress> servers) {
    var homes = new HashMap<String, ServerAddress>();
    for (int i = 0; i < TOPICS; i++) {
      List<ServerAddress> selected = selector.select("topic-" + i, servers);
      assertThat(selected).hasSize(1);
      homes.put("topic-" + i, selected.getFirst());
    }
    return homes;
  }
}
