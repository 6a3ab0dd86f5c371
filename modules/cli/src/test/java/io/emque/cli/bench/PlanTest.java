package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static Plan plan(int publishers, int subscribers, int topics, String... servers) {
    return Plan.of(
        Heard.options(publishers, subscribers, topics, Protocol.WS, Protocol.WS, 1),
        "foo",
        Heard.target(servers));
  }

  @Test
  void publishersAndSubscribersAreDealtToTopics() {
    var plan = plan(5, 3, 2, "a");

    assertThat(plan.channels()).extracting(Plan.Channel::topic).containsExactly("foo-0", "foo-1");
    assertThat(plan.channels()).extracting(Plan.Channel::streams).containsExactly(3, 2);
    assertThat(plan.channels()).extracting(Plan.Channel::seats).containsExactly(2, 1);
    assertThat(plan.streams()).extracting(Plan.Stream::publisher).containsExactly(0, 1, 2, 3, 4);
    assertThat(plan.streams()).extracting(Plan.Stream::place).containsExactly(0, 0, 1, 1, 2);
    assertThat(plan.unheard()).isZero();
  }

  @Test
  void fewPublishersPublishToManyTopics() {
    var plan = plan(2, 1, 5, "a");

    assertThat(plan.streams()).extracting(Plan.Stream::publisher).containsExactly(0, 1, 0, 1, 0);
    assertThat(plan.unheard()).isEqualTo(4);
  }

  @Test
  void topicIsMeasuredOnEachServerThatItLivesOn() {
    var plan = plan(1, 2, 1, "a", "b");

    assertThat(plan.channels()).extracting(Plan.Channel::topic).containsExactly("foo", "foo");
    assertThat(plan.streams()).extracting(s -> s.server().host()).containsExactly("a", "b");
    assertThat(plan.seats()).extracting(s -> s.server().host()).containsExactly("a", "b");
  }

  @Test
  void spreadCrossesFromServerToServer() {
    var base = Heard.options(2, 2, 1, Protocol.WS, Protocol.WS, 1);
    var options =
        new BenchOptions(
            2,
            2,
            1,
            "",
            64,
            base.publishBy(),
            base.subscribeBy(),
            1,
            base.duration(),
            base.warmup(),
            0,
            100,
            "",
            true);

    var plan = Plan.of(options, "foo", Heard.target("a", "b"));

    assertThat(plan.channels()).hasSize(1);
    assertThat(plan.streams()).extracting(s -> s.server().host()).containsExactly("a", "b");
    assertThat(plan.seats()).extracting(s -> s.server().host()).containsExactly("b", "a");
  }

  @Test
  void everyPairIsHeardByItsOwnPlace() {
    var plan = plan(7, 4, 3, "a");
    int channels = plan.channels().size();

    IntStream.range(0, 7)
        .forEach(
            i -> {
              var stream = plan.streams().get(i);
              assertThat(stream.index() % channels).isEqualTo(stream.channel().index());
              assertThat(stream.index() / channels).isEqualTo(stream.place());
            });
  }

  @Test
  void whatIsTooMuchIsRefused() {
    assertThatThrownBy(() -> plan(10_000, 20_000, 1, "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too many to check");
    assertThatThrownBy(() -> plan(1, 1, 50_000, "a", "b"))
        .hasMessageContaining("100000 topics on all their servers are too many");
  }
}
