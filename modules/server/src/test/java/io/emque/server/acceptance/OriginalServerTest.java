package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.api.Message;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.client.Emque;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client, and a proxy, before servers of the original kind. */
@Timeout(60)
class OriginalServerTest {
  @Test
  void clientFallsBackToBarePayloads() throws Exception {
    try (var original = new OriginalServer();
        var emque = Emque.connect(original.address());
        var subscription = emque.subscribe("a b&c", SubscribeOptions.DEFAULT)) {
      await().until(() -> original.subscribers("a b&c") == 1);

      for (int i = 0; i < 100; i++) {
        emque.publish("a b&c", "message " + i);
      }

      for (int i = 0; i < 100; i++) {
        assertThat(text(subscription)).isEqualTo("message " + i);
      }
    }
  }

  @Test
  void proxyServesItsOwnClientsAndHealsWhenTheConnectionIsLost() throws Exception {
    try (var original = new OriginalServer();
        var proxy = proxy(original.address());
        var emque = Emque.connect(proxy.uri().toString());
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      await().until(() -> original.subscribers("foo") == 1);
      emque.publish("foo", "one");
      assertThat(text(subscription)).isEqualTo("one");
      assertThat(original.subscribers("foo")).isEqualTo(1);
    }
  }

  @Test
  void proxyServesTheOriginalsOwnKindOfSubscriber() throws Exception {
    try (var original = new OriginalServer();
        var proxy = proxy(original.address());
        var peer = Peer.webSocket(proxy.port(), "/sub?topic=foo");
        var publisher = Peer.connect(proxy.port())) {
      await().until(() -> original.subscribers("foo") == 1);

      publisher.send("POST /pub?topic=foo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");

      assertThat(publisher.readHead().status()).isEqualTo(200);
      assertThat(peer.readMessage().text()).isEqualTo("hi");
    }
  }

  private static EmqueServer proxy(String server) throws Exception {
    return EmqueServer.start(
        ServerOptions.DEFAULT
            .listen("127.0.0.1", 0)
            .tls(TlsOptions.OFF)
            .upstream(Emque.builder().servers(server).timeout(Duration.ofSeconds(3))));
  }

  private static String text(Subscription subscription) throws InterruptedException {
    return ((Message) java.util.Objects.requireNonNull(subscription.poll(Duration.ofSeconds(20))))
        .text();
  }
}
