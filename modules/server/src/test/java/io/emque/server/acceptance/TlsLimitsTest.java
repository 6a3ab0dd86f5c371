package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.server.ServerOptions;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.limits.Limits;
import io.emque.transport.http.limits.Timeouts;
import io.emque.transport.http.metrics.Exposition;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections count, and have their time, before they have said a word of TLS. */
@Timeout(120)
class TlsLimitsTest {
  private final List<Socket> sockets = new ArrayList<>();
  private TestServer server;

  private void start(Limits limits) throws Exception {
    server = TestServer.start(ServerOptions.DEFAULT.http(HttpOptions.DEFAULT.limits(limits)));
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    server.close();
  }

  /** Says nothing. */
  private Socket silent(String from) throws IOException {
    var socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
    socket.connect(new InetSocketAddress("127.0.0.1", server.port()), 30_000);
    socket.setSoTimeout(60_000);
    sockets.add(socket);
    return socket;
  }

  private int open() {
    return server.server().limits().connections().open();
  }

  private long hits(String limit) {
    var out = new Exposition();
    server.server().limits().write(out);
    String series = "emque_limits_hit_total{limit=\"" + limit + "\"} ";
    return out.toString()
        .lines()
        .filter(line -> line.startsWith(series))
        .mapToLong(line -> Long.parseLong(line.substring(series.length())))
        .sum();
  }

  @Test
  void silentSocketsCountAndAreEnded() throws Exception {
    Timeouts usual = Timeouts.DEFAULT;
    start(
        Limits.DEFAULT.timeouts(
            new Timeouts(Duration.ofSeconds(1), usual.request(), usual.idle(), usual.write())));

    for (int i = 0; i < 50; i++) {
      silent("127.0.0.1");
    }

    await().until(() -> hits("handshake_timeout") == 50);
    await().until(() -> open() == 0);
    for (Socket socket : sockets) {
      assertThat(socket.getInputStream().read()).isNegative();
    }
  }

  @Test
  void anAddressThatHasAllItMayIsShutOutAndOthersAreNot() throws Exception {
    start(Limits.DEFAULT.connections(0, 5));
    for (int i = 0; i < 5; i++) {
      silent("127.0.0.2");
    }
    await().until(() -> open() == 5);

    for (int i = 0; i < 40; i++) { // more than are told why
      silent("127.0.0.2");
    }

    await().until(() -> hits("max_connections_per_address") == 40);
    silent("127.0.0.3");
    await().until(() -> open() >= 6);
    assertThat(hits("max_connections_per_address")).isEqualTo(40);
    for (Socket socket : sockets) {
      socket.close();
    }
    await().until(() -> open() == 0);
  }
}
