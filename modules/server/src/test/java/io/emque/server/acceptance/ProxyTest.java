package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.spi.Providers;
import io.emque.client.Emque;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A proxy before real servers, in one process. */
@Timeout(120)
class ProxyTest {
  private static final SubscribeOptions EARLIEST =
      SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);

  private static EmqueServer server(int port) throws Exception {
    return EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", port));
  }

  private static EmqueServer proxy(String select, EmqueServer... servers) throws Exception {
    var names = new ArrayList<String>();
    for (EmqueServer server : servers) {
      names.add(server.uri().toString());
    }
    return proxy(select, names);
  }

  private static EmqueServer proxy(String select, List<String> servers) throws Exception {
    return EmqueServer.start(
        ServerOptions.DEFAULT
            .listen("127.0.0.1", 0)
            .tls(TlsOptions.OFF)
            .upstream(
                Emque.builder()
                    .servers(servers)
                    .selector(Providers.builtIn().selector(select))
                    .timeout(Duration.ofSeconds(3))));
  }

  private static Emque client(EmqueServer server) {
    return Emque.connect(server.uri().toString());
  }

  private static Message message(Subscription subscription) throws InterruptedException {
    Delivery delivery = subscription.poll(Duration.ofSeconds(20));
    assertThat(delivery).isInstanceOf(Message.class);
    return (Message) delivery;
  }

  @Test
  void messagePassesWithEverythingAndUnderShardWithTheServersOwnCursor() throws Exception {
    try (var a = server(0);
        var b = server(0);
        var proxy = proxy("shard", a, b);
        var emque = client(proxy);
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      var published =
          emque.publish("foo", new Publication("hé".getBytes(UTF_8), "i-1", Map.of("k", "v")));

      Message message = message(subscription);

      assertThat(message.text()).isEqualTo("hé");
      assertThat(message.id()).isEqualTo("i-1");
      assertThat(message.headers()).isEqualTo(Map.of("k", "v"));
      assertThat(message.cursor()).isEqualTo(published.cursor());
      var owner = a.broker().topic("foo").isPresent() ? a : b;
      assertThat(owner.broker().topic("foo").orElseThrow().epoch())
          .isEqualTo(message.cursor().epoch());
      assertThat(owner.broker().topic("foo").orElseThrow().nextOffset()).isEqualTo(1);
      assertThat(emque.publish("foo", Publication.of("x").id("i-1")).duplicate()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x#y", "a+b", "a b&c", "ü", "../x", "a/b", "%41"})
  void oddTopicsPassUnharmedThroughAChainOfProxies(String topic) throws Exception {
    try (var a = server(0);
        var near = proxy("all", a);
        var far = proxy("all", near);
        var emque = client(far);
        var subscription = emque.subscribe(topic, SubscribeOptions.DEFAULT)) {
      emque.publish(topic, "m");

      assertThat(message(subscription).topic()).isEqualTo(topic);
      assertThat(a.broker().topic(topic).orElseThrow().nextOffset()).isEqualTo(1);
    }
  }

  @Test
  void replyUnderAllSaysHowManyServersTookIt() throws Exception {
    try (var a = server(0);
        var b = server(0);
        var proxy = proxy("all", a, b);
        var peer = Peer.connect(proxy.port())) {
      peer.send("POST /pub?topic=foo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n");
      peer.send("x".getBytes(UTF_8));

      Peer.Head head = peer.readHead();

      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("emque-servers")).isEqualTo("2/2");
      assertThat(head.header("emque-ack")).isEqualTo("memory");
      assertThat(head.header("emque-offset")).isNull();
    }
  }

  @Test
  void eachSubscriberGetsEachMessageOnceInOrderWhileServersComeAndGo() throws Exception {
    EmqueServer a = server(0);
    int port = a.port();
    try (var b = server(0);
        var c = server(0);
        var proxy = proxy("all", a, b, c);
        var emque = client(proxy);
        var one = emque.subscribe("foo", SubscribeOptions.DEFAULT);
        var two = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      for (int i = 0; i < 3_000; i++) {
        if (i == 1_000) {
          a.close();
        } else if (i == 2_000) {
          a = server(port);
        }
        emque.publish("foo", Integer.toString(i));
      }

      for (var subscription : List.of(one, two)) {
        for (int i = 0; i < 3_000; i++) {
          assertThat(message(subscription).text()).isEqualTo(Integer.toString(i));
        }
      }
      assertThat(b.broker().topic("foo").orElseThrow().subscribers())
          .as("one relay for both")
          .hasSize(1);
    } finally {
      a.close();
    }
  }

  @Test
  void subscriberResumesAtAnotherProxyBeforeTheSameServers() throws Exception {
    try (var a = server(0);
        var b = server(0);
        var left = proxy("all", a, b);
        var right = proxy("all", a, b);
        var publisher = client(left);
        var there = client(right);
        var here = publisher.subscribe("foo", SubscribeOptions.DEFAULT)) {
      for (int i = 0; i < 100; i++) {
        publisher.publish("foo", Integer.toString(i));
      }
      Message last = null;
      for (int i = 0; i <= 41; i++) {
        last = message(here);
      }

      try (var resumed =
          there.subscribe(
              "foo", SubscribeOptions.DEFAULT.from(StartPosition.after(last.cursor())))) {
        for (int i = 42; i < 100; i++) {
          assertThat(message(resumed).text()).isEqualTo(Integer.toString(i));
        }
        assertThat(resumed.poll(Duration.ofMillis(200))).isNull();
      }
    }
  }

  @Test
  void pastIsReadThroughAProxyFromTheBeginningAndLive() throws Exception {
    try (var a = server(0);
        var proxy = proxy("all", a);
        var emque = client(proxy)) {
      try (var publisher = emque.publisher("foo")) {
        for (int i = 0; i < 10_000; i++) {
          publisher.send(Integer.toString(i));
        }
      }
      try (var late = emque.subscribe("foo", EARLIEST);
          var live = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
        emque.publish("foo", "10000");

        for (int i = 0; i <= 10_000; i++) {
          assertThat(message(late).text()).isEqualTo(Integer.toString(i));
        }
        assertThat(message(live).text()).isEqualTo("10000");
      }
    }
  }

  @Test
  void gapOfARestartedServerIsToldInItsPlace() throws Exception {
    EmqueServer a = server(0);
    int port = a.port();
    try (var proxy = proxy("shard", a);
        var emque = client(proxy);
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      emque.publish("foo", "before");
      assertThat(message(subscription).text()).isEqualTo("before");

      a.close();
      a = server(port);
      publishUntilTaken(emque, "foo", "after");

      assertThat(subscription.poll(Duration.ofSeconds(20))).isInstanceOf(Gap.class);
      Message after = message(subscription);
      assertThat(after.text()).isEqualTo("after");
      assertThat(after.cursor().epoch()).isEqualTo(a.broker().topic("foo").orElseThrow().epoch());
    } finally {
      a.close();
    }
  }

  private static void publishUntilTaken(Emque emque, String topic, String text) {
    while (true) {
      try {
        emque.publish(topic, text);
        return;
      } catch (BrokerException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_FAILED);
      }
    }
  }

  @Test
  void allServersDownIsSaidWithTheirNamesAndSubscribersAreServedWhenOneReturns() throws Exception {
    EmqueServer a = server(0);
    EmqueServer b = server(0);
    int port = b.port();
    String first = "127.0.0.1:" + a.port();
    String second = "127.0.0.1:" + port;
    try (var proxy = proxy("all", List.of(first, second));
        var emque = client(proxy);
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      emque.publish("foo", "before");
      assertThat(message(subscription).text()).isEqualTo("before");
      a.close();
      b.close();

      assertThatThrownBy(() -> emque.publish("foo", "lost"))
          .isInstanceOf(BrokerException.class)
          .hasMessageContaining(first)
          .hasMessageContaining(second);

      b = server(port);
      publishUntilTaken(emque, "foo", "after");
      Delivery delivery = subscription.poll(Duration.ofSeconds(20));
      if (delivery instanceof Gap) { // neither server was there all the time
        delivery = message(subscription);
      }
      assertThat(((Message) delivery).text()).isEqualTo("after");
    } finally {
      b.close();
    }
  }

  @Test
  void hangingServerDoesNotHoldAPublishBeyondItsTimeout() throws Exception {
    try (var a = server(0);
        var hanging = new ServerSocket(0);
        var proxy =
            proxy("all", List.of("127.0.0.1:" + a.port(), "127.0.0.1:" + hanging.getLocalPort()));
        var emque =
            Emque.builder()
                .servers(proxy.uri().toString())
                .timeout(Duration.ofSeconds(20))
                .connect()) {
      long began = System.nanoTime();
      var published = emque.publish("foo", "x");
      assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(5));
      assertThat(published.servers()).hasToString("1/2");

      began = System.nanoTime();
      emque.publish("foo", "y");
      assertThat(System.nanoTime() - began)
          .as("it is known to be down now")
          .isLessThan(TimeUnit.SECONDS.toNanos(1));
    }
  }

  @Test
  void thousandSubscriptionsLeaveNothingUpstream() throws Exception {
    try (var a = server(0);
        var proxy = proxy("all", a);
        var emque = client(proxy)) {
      for (int i = 0; i < 1_000; i++) {
        emque.subscribe("t" + i % 50, i % 3 == 0 ? EARLIEST : SubscribeOptions.DEFAULT).close();
      }

      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                assertThat(proxy.broker().stats().subscribers()).isZero();
                assertThat(a.broker().stats().subscribers()).isZero();
              });
    }
  }

  @Test
  void linesOfALargeBodyPassInOrder() throws Exception {
    try (var a = server(0);
        var proxy = proxy("all", a);
        var emque = client(proxy);
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT);
        var peer = Peer.connect(proxy.port())) {
      var body = new StringBuilder();
      for (int i = 0; i < 20_000; i++) {
        body.append(i).append('\n');
      }
      byte[] bytes = body.toString().getBytes(UTF_8);
      peer.send(
          "POST /pub?topic=foo&batch=lines HTTP/1.1\r\nHost: x\r\nContent-Length: "
              + bytes.length
              + "\r\n\r\n");
      peer.send(bytes);

      Peer.Head head = peer.readHead();

      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("emque-count")).isEqualTo("20000");
      for (int i = 0; i < 20_000; i++) {
        assertThat(message(subscription).text()).isEqualTo(Integer.toString(i));
      }
    }
  }
}
