package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.engine.EngineOptions;
import io.emque.wire.v1.Ack;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishReply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** WebSockets on {@code /pub} and {@code /sub}. */
@Timeout(30)
@ExtendWith(QuietLog.class)
class WebSocketTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LIMIT = TestServer.ENGINE.maxMessageBytes();
  private static final int FIN = 0x80;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  // ---- publishing

  @Test
  void everyDataMessageIsPublished(TestInfo test) throws Exception {
    try (var publisher = server.webSocket("/pub?topic=" + topic(test))) {
      publisher.frame(TEXT, "text").frame(BINARY, "binary").frame(TEXT, "");
      publisher.send(RawClient.maskedFrame(BINARY, "frag".getBytes(UTF_8)));
      publisher.frame(PING, "?");
      publisher.send(RawClient.maskedFrame(0, "men".getBytes(UTF_8)));
      publisher.send(RawClient.maskedFrame(FIN, "ted".getBytes(UTF_8)));

      assertThat(payloads(topic(test), 4)).containsExactly("text", "binary", "", "fragmented");
      assertThat(publisher.readFrame().first()).isEqualTo(FIN | PONG); // and nothing else
    }
  }

  /** The original lost 45 % of such a burst and delivered a third of it out of order. */
  @Test
  void burstIsTakenWholeAndInOrder(TestInfo test) throws Exception {
    var burst = new ByteArrayOutputStream();
    for (int i = 0; i < 10_000; i++) {
      burst.writeBytes(RawClient.maskedFrame(FIN | BINARY, Integer.toString(i).getBytes(UTF_8)));
    }
    try (var subscriber = server.webSocket("/sub?topic=" + topic(test));
        var publisher = server.webSocket("/pub?topic=" + topic(test))) {
      publisher.send(burst.toByteArray());

      for (int i = 0; i < 10_000; i++) {
        var frame = subscriber.readFrame();
        assertThat(frame.first()).isEqualTo(FIN | BINARY);
        assertThat(frame.text()).isEqualTo(Integer.toString(i));
      }
    }
  }

  @Test
  void messageOfExactlyTheLimitIsTakenAndALargerOneEndsTheConnection(TestInfo test)
      throws Exception {
    try (var publisher = server.webSocket("/pub?topic=" + topic(test))) {
      publisher.send(RawClient.maskedFrame(FIN | BINARY, new byte[LIMIT]));
      publisher.frame(BINARY, "before");
      publisher.send(RawClient.maskedFrame(FIN | BINARY, new byte[LIMIT + 1]));

      var close = publisher.readFrame();

      assertThat(close.closeCode()).isEqualTo(1009);
      assertThat(close.closeReason()).startsWith("MESSAGE_TOO_LARGE");
      assertThat(messages(topic(test), 2).get(1).text()).isEqualTo("before");
      assertThat(server.broker.topic(topic(test)).orElseThrow().nextOffset()).isEqualTo(2);
    }
  }

  @Test
  void muchLargerFrameIsRefusedByItsHeaderAlone(TestInfo test) throws Exception {
    var frame = RawClient.maskedFrame(FIN | BINARY, new byte[2 * LIMIT]);
    var start = new ByteArrayOutputStream();
    start.writeBytes(RawClient.maskedFrame(FIN | BINARY, "before".getBytes(UTF_8)));
    start.write(frame, 0, 20);
    try (var publisher = server.webSocket("/pub?topic=" + topic(test))) {
      publisher.send(start.toByteArray());

      var close = publisher.readFrame();

      assertThat(close.closeCode()).isEqualTo(1009);
      assertThat(close.closeReason()).startsWith("MESSAGE_TOO_LARGE");
      assertThat(payloads(topic(test), 1)).containsExactly("before");
    }
  }

  @Test
  void fragmentsAreRefusedTogether(TestInfo test) throws Exception {
    try (var publisher = server.webSocket("/pub?topic=" + topic(test))) {
      publisher.send(RawClient.maskedFrame(BINARY, new byte[LIMIT / 2 + 1]));
      publisher.send(RawClient.maskedFrame(0, new byte[LIMIT / 2]));
      publisher.send(RawClient.maskedFrame(FIN, new byte[LIMIT / 2]));

      assertThat(publisher.readFrame().closeCode()).isEqualTo(1009);
      assertThat(server.broker.topic(topic(test))).isEmpty();
    }
  }

  @Test
  void whatCameBeforeAProtocolErrorIsTaken(TestInfo test) throws Exception {
    var both = new ByteArrayOutputStream();
    both.writeBytes(RawClient.maskedFrame(FIN | BINARY, "good".getBytes(UTF_8)));
    both.writeBytes(RawClient.maskedFrame(FIN | 5, "bad".getBytes(UTF_8)));
    try (var publisher = server.webSocket("/pub?topic=" + topic(test))) {
      publisher.send(both.toByteArray());

      assertThat(publisher.readFrame().closeCode()).isEqualTo(1002);
      assertThat(payloads(topic(test), 1)).containsExactly("good");
    }
  }

  // ---- subscribing

  @Test
  void subscriberGetsOneBinaryFrameAMessage(TestInfo test) throws Exception {
    try (var subscriber = server.webSocket("/sub?topic=" + topic(test))) {
      server.broker.publish(topic(test), "one");
      server.broker.publish(topic(test), "");
      server.broker.publish(topic(test), new byte[LIMIT]);

      assertThat(subscriber.readFrame().text()).isEqualTo("one");
      var empty = subscriber.readFrame();
      assertThat(empty.first()).isEqualTo(FIN | BINARY);
      assertThat(empty.payload()).isEmpty();
      var large = subscriber.readFrame();
      assertThat(large.first()).isEqualTo(FIN | BINARY);
      assertThat(large.payload()).hasSize(LIMIT);
    }
  }

  @Test
  void answerSaysWhereItStartsAndTakesTheOriginalsKey(TestInfo test) throws Exception {
    server.broker.publish(topic(test), "x");
    try (var client = server.connect()) {
      client.requestUpgrade("/sub?topic=" + topic(test));

      var head = client.readHead();

      assertThat(head.status()).isEqualTo(101);
      assertThat(head.header("Sec-WebSocket-Accept")).isEqualTo("u5kuFwwz4hmXkcTTLpNQaQ4uYnI=");
      assertThat(head.header("Emque-Offset")).isEqualTo("1");
      assertThat(head.header("Emque-Epoch"))
          .isEqualTo(server.broker.topic(topic(test)).orElseThrow().epoch());
    }
  }

  /**
   * The original registered a subscriber after the 101: 12 of 300 immediate publishes were missed.
   */
  @Test
  void whatIsPublishedRightAfterTheAnswerIsNeverMissed() throws Exception {
    for (int i = 0; i < 300; i++) {
      try (var subscriber = server.webSocket("/sub?topic=immediate" + i)) {
        server.broker.publish("immediate" + i, "now");

        assertThat(subscriber.readFrame().text()).isEqualTo("now");
      }
    }
  }

  @Test
  void whatASubscriberSaysIsIgnoredButAnswered(TestInfo test) throws Exception {
    try (var subscriber = server.webSocket("/sub?topic=" + topic(test))) {
      subscriber.frame(TEXT, "ignored").frame(BINARY, "ignored").frame(PING, "p");
      assertThat(subscriber.readFrame())
          .satisfies(
              f -> {
                assertThat(f.first()).isEqualTo(FIN | PONG);
                assertThat(f.text()).isEqualTo("p");
              });
      subscriber.send(RawClient.maskedFrame(FIN | CLOSE, new byte[] {0x0f, (byte) 0xa1}));

      assertThat(subscriber.readFrame().closeCode()).isEqualTo(4001);
      assertThat(subscriber.isEnded()).isTrue();
      await().atMost(Duration.ofSeconds(1)).until(() -> server.broker.topic(topic(test)).isEmpty());
    }
  }

  @Test
  void textFormatSendsTextFramesWhereItCan(TestInfo test) throws Exception {
    String large = "ü".repeat(LIMIT / 2);
    try (var subscriber = server.webSocket("/sub?format=text&topic=" + topic(test))) {
      server.broker.publish(topic(test), "grüße");
      server.broker.publish(topic(test), "");
      server.broker.publish(topic(test), new byte[] {(byte) 0xff});
      server.broker.publish(topic(test), large);

      assertThat(subscriber.readFrame().first()).isEqualTo(FIN | TEXT);
      assertThat(subscriber.readFrame().first()).isEqualTo(FIN | TEXT);
      assertThat(subscriber.readFrame().first()).isEqualTo(FIN | BINARY);
      assertThat(readMessage(subscriber, TEXT)).asString(UTF_8).isEqualTo(large);
    }
  }

  @Test
  void jsonFormatSendsEnvelopes(TestInfo test) throws Exception {
    try (var subscriber = server.webSocket("/sub?format=json&from=gone:7&topic=" + topic(test))) {
      server.broker.publish(
          topic(test), new Publication("ü".getBytes(UTF_8), "id", Map.of("k", "v")));
      server.broker.publish(topic(test), "x".repeat(LIMIT));

      var gap = JSON.readTree(readMessage(subscriber, TEXT)).get("gap");
      var first = JSON.readTree(readMessage(subscriber, TEXT));
      var second = JSON.readTree(readMessage(subscriber, TEXT));

      assertThat(gap.get("expected").asText()).isEqualTo("gone:7");
      assertThat(first.get("payload").asText()).isEqualTo("ü");
      assertThat(first.get("id").asText()).isEqualTo("id");
      assertThat(first.get("headers").get("k").asText()).isEqualTo("v");
      assertThat(second.get("offset").asLong()).isEqualTo(1);
      assertThat(second.get("payload").asText()).hasSize(LIMIT);
    }
  }

  @Test
  void idleSubscriberIsPingedAndOneThatDoesNotAnswerIsGone() throws Exception {
    try (var lively =
            TestServer.start(TestServer.ENGINE, TestServer.heartbeat(Duration.ofMillis(100)));
        var answering = lively.webSocket("/sub?topic=answering");
        var silent = lively.webSocket("/sub?topic=silent")) {
      for (int i = 0; i < 5; i++) {
        assertThat(answering.readFrame().first()).isEqualTo(FIN | PING);
        answering.frame(PONG, "");
      }
      assertThat(silent.readFrame().first()).isEqualTo(FIN | PING);
      assertThat(silent.readFrame().first()).isEqualTo(FIN | PING);

      assertThat(silent.isEnded()).isTrue();
      await().atMost(Duration.ofSeconds(1)).until(() -> lively.broker.topic("silent").isEmpty());
      assertThat(lively.broker.topic("answering")).isPresent();
    }
  }

  @Test
  void goneSubscriberIsNoticedWithoutAMessage(TestInfo test) throws Exception {
    try (var closing = server.webSocket("/sub?topic=" + topic(test));
        var resetting = server.webSocket("/sub?topic=" + topic(test))) {
      assertThat(server.broker.topic(topic(test)).orElseThrow().subscribers()).hasSize(2);

      closing.socket().close();
      resetting.reset();

      await().atMost(Duration.ofSeconds(1)).until(() -> server.broker.topic(topic(test)).isEmpty());
    }
  }

  // ---- refusals

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/sub|400|TOPIC_REQUIRED",
        "/pub|400|TOPIC_REQUIRED",
        "/sub?topic=|400|TOPIC_REQUIRED",
        "/sub?topic=%00|400|TOPIC_INVALID",
        "/sub?topic=%FF|400|QUERY_INVALID",
        "/sub?topic=x&from=y|400|CURSOR_INVALID",
        "/sub?topic=x&format=sse|400|OPTION_INVALID",
        "/sub?topic=x&format=lines|400|OPTION_INVALID",
        "/sub?topic=x&slow=block|403|FORBIDDEN",
        "/nowhere|404|NOT_FOUND",
      })
  void refusedUpgradeIsAnOrdinaryErrorAndTheConnectionLivesOn(
      String target, int status, String code) throws Exception {
    try (var client = server.connect()) {
      client.requestUpgrade(target);
      var head = client.readHead();
      String body = client.readBody(head);
      client.requestUpgrade("/sub?topic=fine");

      assertThat(head.status()).isEqualTo(status);
      assertThat(head.header("Emque-Error")).isEqualTo(code);
      assertThat(body).hasLineCount(1).endsWith("\n");
      assertThat(client.readHead().status()).isEqualTo(101);
    }
  }

  @Test
  void otherVersionIsToldTheRightOne() throws Exception {
    try (var client = server.connect()) {
      client.request(
          "GET /sub?topic=x HTTP/1.1",
          "Connection: upgrade",
          "Upgrade: WebSocket",
          "Sec-WebSocket-Key: x",
          "Sec-WebSocket-Version: 8");

      var head = client.readHead();

      assertThat(head.status()).isEqualTo(400);
      assertThat(head.header("Sec-WebSocket-Version")).isEqualTo("13");
      assertThat(head.header("Emque-Error")).isNotEmpty();
    }
  }

  // ---- the end

  @Test
  void drainingSubscriberGetsWhatIsInTheLogAnd1012() throws Exception {
    try (var draining = TestServer.start();
        var subscriber = draining.webSocket("/sub?topic=t");
        var publisher = draining.webSocket("/pub?topic=t")) {
      for (int i = 0; i < 1_000; i++) {
        draining.broker.publish("t", "" + i);
      }

      draining.transport.drain(Duration.ZERO);
      publisher.frame(BINARY, "late");

      for (int i = 0; i < 1_000; i++) {
        assertThat(subscriber.readFrame().text()).isEqualTo("" + i);
      }
      var close = subscriber.readFrame();
      assertThat(close.closeCode()).isEqualTo(1012);
      assertThat(close.closeReason()).startsWith("{\"code\":\"DRAINING\"");
      subscriber.send(RawClient.maskedFrame(FIN | CLOSE, close.payload()));
      assertThat(draining.transport.awaitDrained(Duration.ofSeconds(5))).isTrue();
      assertThat(publisher.readFrame().closeCode()).isEqualTo(1012);
    }
  }

  @Test
  void slowSubscriberThatReadsAgainLearnsExactlyWhatItMissed() throws Exception {
    try (var small =
            TestServer.start(
                EngineOptions.DEFAULT.retainBytes(1024 * 1024),
                TestServer.heartbeat(TestServer.NEVER));
        var slow = RawClient.connect(small.port(), 4096).upgrade("/sub?topic=t&format=json")) {
      int published = 0;
      while (small.broker.stats().missed() == 0 && published < 2_000) {
        // It is told of a gap when it writes again; until then it only falls behind.
        small.broker.publish("t", "x".repeat(16 * 1024));
        published++;
      }

      long expected = 0;
      boolean gap = false;
      while (expected < published) {
        var message = JSON.readTree(readMessage(slow, TEXT));
        if (message.has("gap")) {
          gap = true;
          assertThat(message.get("gap").get("expected").asText()).endsWith(":" + expected);
          expected += message.get("gap").get("missed").asLong();
          assertThat(message.get("gap").get("next").asText()).endsWith(":" + expected);
        } else {
          assertThat(message.get("offset").asLong()).isEqualTo(expected);
          expected++;
        }
      }
      assertThat(gap).isTrue();
    }
  }

  @Test
  void slowSubscriberThatAskedForItGetsA1013OrAReset() throws Exception {
    try (var small =
            TestServer.start(
                EngineOptions.DEFAULT.retainBytes(64 * 1024),
                TestServer.heartbeat(TestServer.NEVER));
        var slow = RawClient.connect(small.port(), 4096).upgrade("/sub?topic=t&slow=disconnect")) {
      for (int i = 0; i < 5_000 && small.broker.stats().evicted() == 0; i++) {
        small.broker.publish("t", "x".repeat(16 * 1024));
      }

      await().atMost(Duration.ofSeconds(30)).until(() -> small.broker.stats().subscribers() == 0);
      assertThat(small.broker.stats().evicted()).isEqualTo(1);
      assertThat(slow.socket().isClosed()).isFalse(); // it was not this side that gave up
    }
  }

  // ---- emque.v1

  @Test
  void deliveriesCarryMessagesGapsAndHeartbeats(TestInfo test) throws Exception {
    try (var subscriber =
        server.webSocket(
            "/sub?topic=" + topic(test) + "&after=gone:3",
            "Sec-WebSocket-Protocol: other, emque.v1")) {
      String epoch = server.broker.topic(topic(test)).orElseThrow().epoch();
      server.broker.publish(
          topic(test), new Publication("ü".getBytes(UTF_8), "id", Map.of("k", "v")));
      server.broker.publish(topic(test), "x".repeat(LIMIT));

      var first = delivery(subscriber).getHeartbeat();
      var gap = delivery(subscriber).getGap();
      var message = delivery(subscriber).getMessage();
      var large = delivery(subscriber).getMessage();

      assertThat(first.getTopic()).isEqualTo(topic(test));
      assertThat(first.getCursor()).isEqualTo("gone:3"); // not yet told of the gap
      assertThat(gap.getExpected()).isEqualTo("gone:4");
      assertThat(gap.getNext()).isEqualTo(epoch + ":0");
      assertThat(gap.hasMissed()).isFalse();
      assertThat(message.getTopic()).isEqualTo(topic(test));
      assertThat(message.getEpoch()).isEqualTo(epoch);
      assertThat(message.getOffset()).isZero();
      assertThat(message.getTimeUnixNanos())
          .isEqualTo(messages(topic(test), 1).getFirst().timeNanos());
      assertThat(message.getId()).isEqualTo("id");
      assertThat(message.getHeadersMap()).containsExactly(Map.entry("k", "v"));
      assertThat(message.getPayload().toStringUtf8()).isEqualTo("ü");
      assertThat(large.getOffset()).isEqualTo(1);
      assertThat(large.hasId()).isFalse();
      assertThat(large.getPayload().size()).isEqualTo(LIMIT);
    }
  }

  @Test
  void idleV1SubscriberGetsHeartbeats() throws Exception {
    try (var lively =
            TestServer.start(TestServer.ENGINE, TestServer.heartbeat(Duration.ofMillis(50)));
        var subscriber = lively.webSocket("/sub?topic=t", "Sec-WebSocket-Protocol: emque.v1")) {
      lively.broker.publish("t", "x");
      assertThat(delivery(subscriber).hasHeartbeat()).isTrue();
      assertThat(delivery(subscriber).hasMessage()).isTrue();

      var heartbeat = delivery(subscriber).getHeartbeat();

      assertThat(heartbeat.getCursor()).endsWith(":0");
    }
  }

  @Test
  void eachPublishIsAnsweredInOrder(TestInfo test) throws Exception {
    try (var publisher =
        server.webSocket("/pub?topic=" + topic(test), "Sec-WebSocket-Protocol: emque.v1")) {
      var large = Publish.newBuilder().setPayload(ByteString.copyFrom(new byte[LIMIT]));
      publish(publisher, Publish.newBuilder().setPayload(ByteString.copyFromUtf8("a")).setId("1"));
      publish(publisher, Publish.newBuilder().setTopic(topic(test)).putHeaders("K", "v"));
      publish(publisher, Publish.newBuilder().setPayload(ByteString.copyFromUtf8("a")).setId("1"));
      publish(publisher, Publish.newBuilder().setTopic("other"));
      publisher.send(RawClient.maskedFrame(FIN | BINARY, new byte[] {(byte) 0xff}));
      publisher.frame(TEXT, "text");
      publish(publisher, large);
      publish(publisher, Publish.newBuilder().setPayload(ByteString.copyFrom(new byte[LIMIT + 1])));

      var first = reply(publisher).getAck();
      assertThat(first.getOffset()).isZero();
      assertThat(first.getAck()).isEqualTo(Ack.ACK_MEMORY);
      assertThat(first.getEpoch()).isNotEmpty();
      assertThat(first.getDuplicate()).isFalse();
      assertThat(reply(publisher).getAck().getOffset()).isEqualTo(1);
      var duplicate = reply(publisher).getAck();
      assertThat(duplicate.getDuplicate()).isTrue();
      assertThat(duplicate.getOffset()).isZero();
      assertThat(reply(publisher).getError().getCode()).isEqualTo("TOPIC_INVALID");
      assertThat(reply(publisher).getError().getCode()).isEqualTo("OPTION_INVALID");
      assertThat(reply(publisher).getError().getCode()).isEqualTo("OPTION_INVALID");
      assertThat(reply(publisher).getAck().getOffset()).isEqualTo(2);
      var tooLarge = reply(publisher).getError();
      assertThat(tooLarge.getCode()).isEqualTo("MESSAGE_TOO_LARGE");
      assertThat(tooLarge.getRetryable()).isFalse();
      assertThat(messages(topic(test), 3).get(1).headers()).containsExactly(Map.entry("k", "v"));
    }
  }

  @Test
  void subProtocolIsEchoedOnlyWhenOffered(TestInfo test) throws Exception {
    try (var with = server.connect();
        var without = server.connect();
        var both = server.connect()) {
      with.requestUpgrade("/sub?topic=" + topic(test), "Sec-WebSocket-Protocol: emque.v1");
      without.requestUpgrade("/sub?topic=" + topic(test), "Sec-WebSocket-Protocol: emque.v2");
      both.requestUpgrade(
          "/sub?format=json&topic=" + topic(test), "Sec-WebSocket-Protocol: emque.v1");

      assertThat(with.readHead().header("Sec-WebSocket-Protocol")).isEqualTo("emque.v1");
      assertThat(without.readHead().header("Sec-WebSocket-Protocol")).isEmpty();
      assertThat(both.readHead().status()).isEqualTo(400);
    }
  }

  // ----

  private static void publish(RawClient client, Publish.Builder publish) throws IOException {
    client.send(RawClient.maskedFrame(FIN | BINARY, publish.build().toByteArray()));
  }

  private static PublishReply reply(RawClient client) throws IOException {
    return PublishReply.parseFrom(readMessage(client, BINARY));
  }

  private static Delivery delivery(RawClient client) throws IOException {
    return Delivery.parseFrom(readMessage(client, BINARY));
  }

  /** A message, whole or in fragments; pings in between are passed over. */
  private static byte[] readMessage(RawClient client, int opcode) throws IOException {
    var message = new ByteArrayOutputStream();
    int expected = opcode;
    while (true) {
      var frame = client.readFrame();
      if (frame.first() == (FIN | PING)) {
        continue;
      }
      assertThat(frame.first() & 0x7f).isEqualTo(expected);
      message.writeBytes(frame.payload());
      expected = 0;
      if ((frame.first() & FIN) != 0) {
        return message.toByteArray();
      }
    }
  }

  private static List<String> payloads(String topic, int count) throws Exception {
    return messages(topic, count).stream().map(Message::text).toList();
  }

  private static List<Message> messages(String topic, int count) throws Exception {
    await().atMost(Duration.ofSeconds(10)).until(() -> server.broker.topic(topic).isPresent());
    var found = new ArrayList<Message>();
    try (var subscription =
        server.broker.subscribe(topic, SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST))) {
      while (found.size() < count) {
        found.add((Message) subscription.poll(Duration.ofSeconds(10)));
      }
    }
    return found;
  }

  private static String topic(TestInfo test) {
    return test.getTestMethod().orElseThrow().getName();
  }
}
