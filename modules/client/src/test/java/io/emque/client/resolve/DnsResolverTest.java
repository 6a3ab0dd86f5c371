package io.emque.client.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.emque.api.spi.ServerAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DnsResolverTest {
  private static InetAddress ip(String literal) throws UnknownHostException {
    return InetAddress.getByName(literal);
  }

  @Test
  void everyAddressIsAServerWithThePortInAnOrderThatChanceHasNoPartIn() throws Exception {
    var resolver =
        new DnsResolver(
            host ->
                new InetAddress[] {ip("::1"), ip("10.0.0.200"), ip("10.0.0.3"), ip("10.0.0.3")});

    var resolution = resolver.resolve("http://mq.example:9000");

    var named = new ServerAddress(false, "mq.example", 9000, null);
    assertThat(resolution.servers())
        .containsExactly(named.at(ip("10.0.0.3")), named.at(ip("10.0.0.200")), named.at(ip("::1")));
    assertThat(resolution.ttl()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void nameWithoutAPortHasTheDefaultOne() throws Exception {
    var resolution = new DnsResolver().resolve("localhost");

    assertThat(resolution.servers()).isNotEmpty().allMatch(server -> server.port() == 8081);
    assertThat(resolution.servers()).allMatch(server -> server.host().equals("localhost"));
  }

  @Test
  void nameThatIsNotKnownSaysSo() {
    var resolver =
        new DnsResolver(
            host -> {
              throw new UnknownHostException(host);
            });

    assertThatThrownBy(() -> resolver.resolve("mq.example:1"))
        .isInstanceOf(IOException.class)
        .hasMessage("the name mq.example is not known now");
  }
}
