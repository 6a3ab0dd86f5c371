package io.emque.plugin.srv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.emque.api.spi.Providers;
import io.emque.api.spi.Resolver;
import io.emque.api.spi.Resolver.Resolution;
import io.emque.api.spi.ServerAddress;
import io.emque.plugin.srv.DnsServer.Srv;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a name server of our own, to which the property that users have points. */
class SrvResolverTest {
  private static final String URL = "java.naming.provider.url";
  private static final String RECORD = "_emque._tcp.mq.example.org";

  private final Resolver resolver = new SrvResolver();
  private DnsServer dns;

  @BeforeEach
  void start() throws IOException {
    dns = new DnsServer();
    System.setProperty(URL, dns.url());
  }

  @AfterEach
  void stop() {
    System.clearProperty(URL);
    dns.close();
  }

  @Test
  void serversComeByPriorityThenWeightThenNameThenPort() throws Exception {
    dns.put(
        RECORD,
        new Srv(20, 99, 8081, "spare.example.org"),
        new Srv(10, 1, 8082, "b.example.org"),
        new Srv(10, 1, 8081, "b.example.org"),
        new Srv(10, 1, 9000, "a.example.org"),
        new Srv(10, 5, 8081, "z.example.org"));

    Resolution resolution = resolver.resolve("mq.example.org");

    assertThat(resolution.servers())
        .extracting(ServerAddress::authority)
        .containsExactly(
            "z.example.org:8081",
            "a.example.org:9000",
            "b.example.org:8081",
            "b.example.org:8082",
            "spare.example.org:8081");
    assertThat(resolution.servers()).allMatch(ServerAddress::tls);
    assertThat(resolution.ttl()).isEqualTo(Resolution.DEFAULT_TTL);
  }

  @Test
  void schemeOfTheNameIsThatOfItsServers() throws Exception {
    dns.put(RECORD, new Srv(1, 1, 8081, "a.example.org"));

    assertThat(resolver.resolve("http://mq.example.org").servers())
        .containsExactly(new ServerAddress(false, "a.example.org", 8081, null));
  }

  @Test
  void changesAreSeenAtOnce() throws Exception {
    dns.put(RECORD, new Srv(1, 1, 8081, "a.example.org"));
    resolver.resolve("mq.example.org");

    dns.put(RECORD, new Srv(1, 1, 8081, "b.example.org"));

    assertThat(resolver.resolve("mq.example.org").servers())
        .extracting(ServerAddress::host)
        .containsExactly("b.example.org");
  }

  @Test
  void loneDotMeansNoServers() throws Exception {
    dns.put(RECORD, new Srv(0, 0, 0, ""));

    assertThat(resolver.resolve("mq.example.org").servers()).isEmpty();
  }

  @Test
  void nameWithoutARecordSaysWhichIsMissing() {
    assertThatThrownBy(() -> resolver.resolve("other.example.org"))
        .isInstanceOf(IOException.class)
        .hasMessage("DNS knows no record _emque._tcp.other.example.org of type SRV");
  }

  @Test
  void silentNameServerIsGivenUpAndAskedAgainLater() throws Exception {
    dns.put(RECORD, new Srv(1, 1, 8081, "a.example.org"));
    dns.silent(true);
    assertThatThrownBy(() -> resolver.resolve("mq.example.org"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("DNS cannot tell the record " + RECORD + " of type SRV now: ")
        .message()
        .doesNotContain("\n");

    dns.silent(false);

    assertThat(resolver.resolve("mq.example.org").servers()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mq.example.org:8081", "https://mq.example.org:8081/", " mq:1 "})
  void portIsRefused(String server) {
    assertThatThrownBy(() -> resolver.resolve(server))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("server \"" + server + "\" names a port; srv takes it from DNS, leave it out");
  }

  @Test
  void addressIsRefused() {
    assertThatThrownBy(() -> resolver.resolve("[::1]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("server \"[::1]\" is an address; srv needs the name of a service");
  }

  @Test
  void isFoundByItsName() {
    assertThat(Providers.builtIn().resolver("srv")).isInstanceOf(SrvResolver.class);
  }

  @Test
  void standsOnTheApiAndTheJdkAlone() {
    assertThat(SrvResolver.class.getModule().getDescriptor().requires())
        .extracting(required -> required.name())
        .containsExactlyInAnyOrder("java.base", "java.naming", "io.emque.api", "org.jspecify");
  }
}
