package io.emque.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same over TLS, where a stuck write holds locks of the TLS socket as well. */
@Timeout(60)
class TlsTest {
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    server = TestServer.tls();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void messagesGoBothWays() throws Exception {
    try (var client = server.client()) {
      server.open(client);

      client.frame(0x81, "echo".getBytes(UTF_8));

      assertThat(client.frame().payload()).isEqualTo("echo".getBytes(UTF_8));
    }
  }

  @Test
  void closeFreesAWriteThatThePeerStalls() throws Exception {
    try (var client = server.client(4_096)) {
      WebSocketSession session = server.open(client);
      var freed = new LinkedBlockingQueue<Boolean>();
      Thread.ofVirtual()
          .start(
              () -> {
                var much = new byte[32 << 20];
                try {
                  session.write(much, 0, much.length);
                } catch (RuntimeException broken) {
                  freed.add(true);
                }
              });
      await().until(() -> client.available() > 0);

      session.close(1013, "SLOW_CONSUMER");

      assertThat(freed.poll(10, TimeUnit.SECONDS)).isTrue();
      assertThat(server.ends.poll(10, TimeUnit.SECONDS)).startsWith("1006");
    }
  }
}
