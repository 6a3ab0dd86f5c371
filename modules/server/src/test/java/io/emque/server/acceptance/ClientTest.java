package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.emque.api.Broker;
import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.client.Emque;
import io.emque.client.Transport;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.testkit.network.FaultProxy;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The Java client against a real server. */
@Timeout(60)
class ClientTest {
  private static final SubscribeOptions EARLIEST =
      SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);

  private static EmqueServer server(int port) throws Exception {
    return EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", port));
  }

  private static Emque client(EmqueServer... servers) {
    var names = new ArrayList<String>();
    for (EmqueServer server : servers) {
      names.add("127.0.0.1:" + server.port());
    }
    return Emque.builder().servers(names).connect();
  }

  private static Message message(Subscription subscription) throws InterruptedException {
    Delivery delivery = subscription.poll(Duration.ofSeconds(20));
    assertThat(delivery).isInstanceOf(Message.class);
    return (Message) delivery;
  }

  @Test
  void messagesKeepEverythingTheyWerePublishedWith() throws Exception {
    try (var server = server(0);
        var emque = client(server);
        var subscription = emque.subscribe("a b&c/ü+x#y", SubscribeOptions.DEFAULT)) {
      var published =
          emque.publish(
              "a b&c/ü+x#y",
              new Publication("hé".getBytes(UTF_8), "order-1", Map.of("Kind", "é=1")));

      Message message = message(subscription);
      assertThat(message.text()).isEqualTo("hé");
      assertThat(message.id()).isEqualTo("order-1");
      assertThat(message.headers()).isEqualTo(Map.of("kind", "é=1"));
      assertThat(message.cursor()).isEqualTo(published.cursor());
      assertThat(emque.publish("a b&c/ü+x#y", Publication.of("again").id("order-1")).duplicate())
          .isTrue();
    }
  }

  @Test
  void manyMessagesArriveOnceAndInOrder() throws Exception {
    try (var server = server(0);
        var emque = client(server);
        var subscription = emque.subscribe("many", SubscribeOptions.DEFAULT)) {
      try (var publisher = emque.publisher("many")) {
        for (int i = 0; i < 50_000; i++) {
          publisher.send(Integer.toString(i));
        }
      }

      for (int i = 0; i < 50_000; i++) {
        assertThat(message(subscription).text()).isEqualTo(Integer.toString(i));
      }
    }
  }

  @Test
  void plaintextServerIsReachedWhenTheAddressSaysSo() throws Exception {
    try (var server =
            EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", 0).tls(TlsOptions.OFF));
        var emque = Emque.connect(server.uri().toString());
        var subscription = emque.subscribe("foo", EARLIEST)) {
      emque.publish("foo", "plain");

      assertThat(message(subscription).text()).isEqualTo("plain");
    }
  }

  @Test
  void subscriptionResumesAfterItsServerCameBackWithAGapAndThenEverything() throws Exception {
    EmqueServer first = server(0);
    int port = first.port();
    try (var emque = client(first);
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      emque.publish("foo", "before");
      assertThat(message(subscription).text()).isEqualTo("before");

      first.close();
      try (var second = server(port)) {
        publishUntilTaken(emque, "after");

        assertThat(subscription.poll(Duration.ofSeconds(20)))
            .isInstanceOfSatisfying(
                Gap.class, gap -> assertThat(gap.missed()).as("unknowable").isEmpty());
        assertThat(message(subscription).text()).isEqualTo("after");
        assertThat(second.broker().topic("foo").orElseThrow().subscribers()).hasSize(1);
      }
    }
  }

  private static void publishUntilTaken(Broker broker, String text) {
    while (true) {
      try {
        broker.publish("foo", text);
        return;
      } catch (BrokerException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_FAILED);
      }
    }
  }

  @Test
  void connectionCutInTheMiddleLosesNothingAndDoublesNothing() throws Exception {
    try (var server = server(0);
        var proxy = FaultProxy.before(server.port());
        var emque = Emque.builder().servers("127.0.0.1:" + proxy.port()).retries(20).connect();
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      Thread publishing =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (var publisher = emque.publisher("foo")) {
                      for (int i = 0; i < 20_000; i++) {
                        publisher.send(Integer.toString(i));
                      }
                    }
                  });

      for (int i = 0; i < 20_000; i++) {
        assertThat(message(subscription).text()).isEqualTo(Integer.toString(i));
        if (i % 4_000 == 3_000) {
          proxy.cut();
        }
      }
      publishing.join();
      assertThat(server.broker().topic("foo").orElseThrow().nextOffset()).isEqualTo(20_000);
    }
  }

  @Test
  void refusalOfTheServerIsPassedOn() throws Exception {
    try (var server = server(0);
        var emque = client(server)) {
      var tooLarge = new byte[17 * 1024 * 1024];

      assertThatThrownBy(() -> emque.publish("foo", tooLarge))
          .isInstanceOfSatisfying(
              BrokerException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE));
      assertThatThrownBy(
              () ->
                  emque.subscribe(
                      "foo", SubscribeOptions.DEFAULT.slow(io.emque.api.SlowPolicy.BLOCK)))
          .isInstanceOfSatisfying(
              BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
      assertThat(emque.publish("foo", "still works").cursor()).isNotNull();
    }
  }

  @Test
  void unreachableServerIsNamedWithinTheTimeout() throws Exception {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    try (var emque =
        Emque.builder().servers("127.0.0.1:" + port).timeout(Duration.ofSeconds(2)).connect()) {
      long began = System.nanoTime();

      assertThatThrownBy(() -> emque.publish("foo", "x"))
          .isInstanceOf(BrokerException.class)
          .hasMessageContaining("127.0.0.1:" + port)
          .hasMessageContaining("is it running?");
      assertThatThrownBy(() -> emque.subscribe("foo", SubscribeOptions.DEFAULT))
          .isInstanceOf(BrokerException.class)
          .hasMessageContaining("127.0.0.1:" + port);
      assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(6));
    }
  }

  @Test
  void hangingServerHoldsNothingBeyondTheTimeout() throws Exception {
    try (var hanging = new ServerSocket(0);
        var emque =
            Emque.builder()
                .servers("127.0.0.1:" + hanging.getLocalPort())
                .timeout(Duration.ofSeconds(2))
                .connect()) {
      long began = System.nanoTime();

      assertThatThrownBy(() -> emque.publish("foo", "x"))
          .isInstanceOf(BrokerException.class)
          .hasMessageContaining("127.0.0.1:" + hanging.getLocalPort());

      assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(4));
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void serverThatStopsReadingIsGivenUpUntilItComesBack(Transport transport) throws Exception {
    try (var server = server(0);
        var network = FaultProxy.before(server.port());
        var emque =
            Emque.builder()
                .servers("127.0.0.1:" + network.port())
                .transport(transport)
                .timeout(Duration.ofSeconds(2))
                .connect()) {
      emque.publish("foo", "x");
      network.stall();
      var answers = new ArrayList<CompletableFuture<Published>>();
      for (int i = 0; i < 24; i++) { // MiB: more than all buffers on the way hold
        answers.add(emque.publishAsync("foo", Publication.of("x".repeat(1024 * 1024))));
      }

      for (CompletableFuture<Published> answer : answers) {
        assertThat(answer).failsWithin(Duration.ofSeconds(30));
      }
      network.cut();
      network.resume();
      assertThat(emque.publish("bar", "y").cursor().offset()).isZero();
    }
  }

  @Test
  void topicsAreListedWithTheirSubscribers() throws Exception {
    try (var server = server(0);
        var emque = client(server);
        var subscription = emque.subscribe("b", SubscribeOptions.DEFAULT)) {
      emque.publish("a", "x");

      assertThat(emque.topics(null, 10)).extracting(t -> t.name()).containsExactly("a", "b");
      assertThat(emque.topics("a", 10)).extracting(t -> t.name()).containsExactly("b");
      assertThat(emque.topic("a").orElseThrow().nextOffset()).isEqualTo(1);
      assertThat(emque.topic("none")).isEmpty();
      assertThat(subscription.topic()).isEqualTo("b");
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void deletedTopicEndsItsSubscribersAndBeginsAnew(Transport transport) throws Exception {
    try (var server = server(0);
        var emque =
            Emque.builder().servers("127.0.0.1:" + server.port()).transport(transport).connect();
        var subscription = emque.subscribe("a/ü b", SubscribeOptions.DEFAULT)) {
      var first = emque.publish("a/ü b", "one");
      assertThat(message(subscription).text()).isEqualTo("one");

      assertThat(emque.delete("a/ü b")).isTrue();

      assertThatThrownBy(() -> subscription.poll(Duration.ofSeconds(20)))
          .isInstanceOfSatisfying(
              BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_UNKNOWN));
      assertThat(emque.delete("a/ü b")).isFalse();
      assertThat(emque.topic("a/ü b")).isEmpty();
      var again = emque.publish("a/ü b", "two");
      assertThat(again.cursor().offset()).isZero();
      assertThat(again.cursor().epoch()).isNotEqualTo(first.cursor().epoch());
    }
  }

  @Test
  void deliveriesComeAsCallbackStreamAndFlow() throws Exception {
    try (var server = server(0);
        var emque = client(server)) {
      for (int i = 0; i < 3; i++) {
        emque.publish("foo", "m" + i);
      }

      var seen = new CopyOnWriteArrayList<String>();
      var three = new CountDownLatch(3);
      try (var handled =
          emque.subscribe(
              "foo",
              EARLIEST,
              delivery -> {
                seen.add(((Message) delivery).text());
                three.countDown();
              })) {
        assertThat(three.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(handled.topic()).isEqualTo("foo");
      }
      assertThat(seen).containsExactly("m0", "m1", "m2");

      try (var stream = emque.subscribe("foo", EARLIEST).stream()) {
        assertThat(stream.limit(3).map(d -> ((Message) d).text()))
            .containsExactly("m0", "m1", "m2");
      }

      var flow = new Collector(3);
      emque.flow("foo", EARLIEST).subscribe(flow);
      assertThat(flow.done.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(flow.texts).containsExactly("m0", "m1", "m2");
    }
  }

  @Test
  void closedClientLeavesNoConnection() throws Exception {
    try (var server = server(0)) {
      for (int i = 0; i < 50; i++) {
        try (var emque = client(server);
            var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
          emque.publish("foo", "x");
          assertThat(message(subscription).text()).isEqualTo("x");
        }
      }

      org.awaitility.Awaitility.await()
          .untilAsserted(() -> assertThat(server.broker().stats().subscribers()).isZero());
    }
  }

  @Test
  void allServersHaveEachMessageAndASubscriberGetsItOnce() throws Exception {
    try (var a = server(0);
        var b = server(0);
        var c = server(0);
        var emque = client(a, b, c);
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      try (var publisher = emque.publisher("foo")) {
        for (int i = 0; i < 5_000; i++) {
          publisher.send(Integer.toString(i));
        }
      }
      var published = emque.publish("foo", "last");

      assertThat(published.cursor()).isNull();
      assertThat(published.servers()).hasToString("3/3");
      Message message = null;
      for (int i = 0; i < 5_000; i++) {
        message = message(subscription);
        assertThat(message.text()).isEqualTo(Integer.toString(i));
      }
      assertThat(message(subscription).text()).isEqualTo("last");
      for (var server : List.of(a, b, c)) {
        assertThat(server.broker().topic("foo").orElseThrow().nextOffset()).isEqualTo(5_001);
      }
      try (var resumed =
          emque.subscribe(
              "foo", SubscribeOptions.DEFAULT.from(StartPosition.after(message.cursor())))) {
        assertThat(message(resumed).text()).isEqualTo("last");
        assertThat(resumed.poll(Duration.ofMillis(300))).isNull();
      }
    }
  }

  @Test
  void oneServerOfThreeMayComeAndGo() throws Exception {
    EmqueServer a = server(0);
    int port = a.port();
    try (var b = server(0);
        var c = server(0);
        var emque = client(a, b, c);
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      for (int i = 0; i < 3_000; i++) {
        if (i == 1_000) {
          a.close();
        } else if (i == 2_000) {
          a = server(port);
        }
        assertThat(emque.publish("foo", Integer.toString(i)).servers().took()).isPositive();
      }

      for (int i = 0; i < 3_000; i++) {
        assertThat(message(subscription).text()).isEqualTo(Integer.toString(i));
      }
    } finally {
      a.close();
    }
  }

  private static final class Collector implements Flow.Subscriber<Delivery> {
    final List<String> texts = new CopyOnWriteArrayList<>();
    final CountDownLatch done;
    private Flow.Subscription subscription;

    Collector(int count) {
      done = new CountDownLatch(count);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(1);
    }

    @Override
    public void onNext(Delivery delivery) {
      texts.add(((Message) delivery).text());
      done.countDown();
      if (done.getCount() == 0) {
        subscription.cancel();
      } else {
        subscription.request(1);
      }
    }

    @Override
    public void onError(Throwable e) {
      texts.add(e.toString());
    }

    @Override
    public void onComplete() {
      texts.add("complete");
    }
  }
}
