package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.client.Emque;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A proxy is ready while one of its servers answers. */
@Timeout(60)
class ReadinessTest {
  private static final ServerOptions PLAIN = ServerOptions.DEFAULT.tls(TlsOptions.OFF);

  private static TestServer proxy(int... ports) throws Exception {
    var servers = new String[ports.length];
    for (int i = 0; i < ports.length; i++) {
      servers[i] = "http://127.0.0.1:" + ports[i];
    }
    return TestServer.start(PLAIN.upstream(Emque.builder().servers(servers)));
  }

  private static Peer.Answer get(TestServer server, String target) throws Exception {
    try (var peer = Peer.connect(server.port())) {
      peer.sendHead("GET " + target + " HTTP/1.1", new String[0]);
      return peer.readAnswer();
    }
  }

  @Test
  void proxyIsReadyWhileAServerAnswers() throws Exception {
    // One that takes connections and says nothing.
    try (var deaf = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      int gone;
      try (var server = TestServer.start(PLAIN);
          var proxy = proxy(deaf.getLocalPort(), server.port())) {
        gone = server.port();
        assertThat(get(proxy, "/health/ready").status()).isEqualTo(200);
      }
      try (var proxy = proxy(deaf.getLocalPort(), gone)) {
        var answer = get(proxy, "/health/ready");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body())
            .startsWith("upstreams: none answers: ")
            .contains(":" + deaf.getLocalPort(), ":" + gone, "no answer within");
        assertThat(get(proxy, "/health/live").status()).isEqualTo(200);
        try (var back = TestServer.startAt(gone, PLAIN)) {
          await()
              .atMost(Duration.ofSeconds(30))
              .untilAsserted(() -> assertThat(get(proxy, "/health/ready").status()).isEqualTo(200));
          assertThat(back.port()).isEqualTo(gone);
        }
      }
    }
  }

  @Test
  void serverThatCannotBeReachedIsDownUntilItCan() throws Exception {
    var gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    int port = gone.getLocalPort();
    gone.close();
    try (var proxy = proxy(port)) {
      try (var peer = Peer.connect(proxy.port())) {
        peer.sendHead("POST /pub?topic=foo HTTP/1.1", new String[] {"Content-Length: 0"});
        assertThat(peer.readAnswer().status()).isEqualTo(502);
      }

      assertThat(get(proxy, "/metrics").body())
          .contains("emque_upstream_up{server=\"127.0.0.1:" + port + "\"} 0\n")
          .contains("emque_refusals_total{code=\"UPSTREAM_FAILED\"} 1\n");

      try (var back = TestServer.startAt(port, PLAIN)) {
        try (var peer = Peer.connect(proxy.port())) {
          peer.sendHead("POST /pub?topic=foo HTTP/1.1", new String[] {"Content-Length: 0"});
          assertThat(peer.readAnswer().status()).isEqualTo(200);
        }
        assertThat(back.broker().stats().published()).isEqualTo(1);
      }
      assertThat(get(proxy, "/metrics").body())
          .contains("emque_upstream_up{server=\"127.0.0.1:" + port + "\"} 1\n");
    }
  }
}
