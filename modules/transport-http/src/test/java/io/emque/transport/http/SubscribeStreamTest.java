package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.emque.api.Publication;
import io.emque.api.SlowPolicy;
import io.emque.engine.EngineOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
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
import org.junit.jupiter.params.provider.ValueSource;

/** {@code GET /sub} as an endless answer. */
@Timeout(30)
@ExtendWith(QuietLog.class)
class SubscribeStreamTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void headComesAtOnceAndSaysWhereItStarts(TestInfo test) throws Exception {
    server.broker.publish(topic(test), "before");
    try (var client = server.connect()) {
      client.request("GET /sub?topic=" + topic(test) + " HTTP/1.1");

      var head = client.readHead();

      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
      assertThat(head.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(head.header("Cache-Control")).isEqualTo("no-store");
      assertThat(head.header("Emque-Offset")).isEqualTo("1");
      assertThat(head.header("Emque-Epoch")).isEqualTo(epoch(topic(test)));
    }
  }

  /**
   * The original registered a subscriber after its headers: 12 of 300 immediate publishes were
   * missed.
   */
  @Test
  void whatIsPublishedRightAfterTheHeadIsNeverMissed() throws Exception {
    for (int i = 0; i < 300; i++) {
      try (var client = server.connect()) {
        client.request("GET /sub?topic=immediate" + i + " HTTP/1.1");
        client.readHead();

        server.broker.publish("immediate" + i, "now");

        assertThat(client.readChunked(4)).isEqualTo("now\n");
      }
    }
  }

  @Test
  void eachMessageIsFlushedWithoutWaitingForALaterOne(TestInfo test) throws Exception {
    try (var client = server.connect()) {
      client.request("GET /sub?topic=" + topic(test) + " HTTP/1.1").readHead();
      for (int i = 0; i < 100; i++) {
        server.broker.publish(topic(test), "m" + i);

        assertThat(client.readChunked(("m" + i + "\n").length())).isEqualTo("m" + i + "\n");
      }
    }
  }

  @Test
  void rawStreamIsThePayloadsAlone(TestInfo test) throws Exception {
    try (var client = subscribed(topic(test), "&format=raw")) {
      server.broker.publish(topic(test), "ab");
      server.broker.publish(topic(test), "");
      server.broker.publish(topic(test), "c");

      assertThat(client.readChunked(3)).isEqualTo("abc");
    }
  }

  @Test
  void largeMessageArrivesWhole(TestInfo test) throws Exception {
    String large = "0123456789abcdef".repeat(4 * 1024);
    try (var client = subscribed(topic(test), "")) {
      server.broker.publish(topic(test), large);

      assertThat(client.readChunked(large.length() + 1)).isEqualTo(large + "\n");
    }
  }

  // ---- JSON

  @Test
  void jsonEnvelopeHoldsEverything(TestInfo test) throws Exception {
    String topic = "\"ü\\ " + topic(test);
    var headers = Map.of("name", "\u0001\"ü\"", "b", "");
    try (var client = server.connect()) {
      client.request("GET /sub?format=json&topic=" + encoded(topic) + " HTTP/1.1");
      assertThat(client.readHead().header("Content-Type")).isEqualTo("application/x-ndjson");
      var published =
          server.broker.publish(
              topic,
              new Publication("line\n\"two\"\t\u0000😀\u007f".getBytes(UTF_8), "id-1", headers));

      var envelope = JSON.readTree(new String(client.readChunk(), UTF_8));

      assertThat(envelope.fieldNames())
          .toIterable()
          .containsExactly("topic", "epoch", "offset", "time", "id", "headers", "payload");
      assertThat(envelope.get("topic").asText()).isEqualTo(topic);
      assertThat(envelope.get("epoch").asText()).isEqualTo(published.cursor().epoch());
      assertThat(envelope.get("offset").asLong()).isZero();
      assertThat(envelope.get("time").asText())
          .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z");
      assertThat(Instant.parse(envelope.get("time").asText()))
          .isBetween(Instant.now().minusSeconds(30), Instant.now());
      assertThat(envelope.get("id").asText()).isEqualTo("id-1");
      assertThat(envelope.get("headers").equals(JSON.valueToTree(headers))).isTrue();
      assertThat(envelope.get("payload").asText()).isEqualTo("line\n\"two\"\t\u0000😀\u007f");
    }
  }

  @Test
  void bytesThatAreNoTextComeAsBase64(TestInfo test) throws Exception {
    var bytes = new byte[] {(byte) 0xff, 0, 1};
    try (var client = subscribed(topic(test), "&format=json")) {
      server.broker.publish(topic(test), bytes);

      var envelope = JSON.readTree(new String(client.readChunk(), UTF_8));

      assertThat(envelope.has("payload")).isFalse();
      assertThat(envelope.has("id")).isFalse();
      assertThat(envelope.get("payloadBase64").binaryValue()).isEqualTo(bytes);
    }
  }

  // ---- Server-Sent Events

  @Test
  void eventStreamBeginsWithTheCursor(TestInfo test) throws Exception {
    try (var client = server.connect()) {
      client.request("GET /sub?topic=" + topic(test) + " HTTP/1.1", "Accept: text/event-stream");

      var head = client.readHead();

      assertThat(head.header("Content-Type")).startsWith("text/event-stream");
      String epoch = head.header("Emque-Epoch");
      assertThat(new String(client.readChunk(), UTF_8)).isEqualTo("id: " + epoch + ":-1\n\n");
      server.broker.publish(topic(test), "one\n\ntwo\n");
      assertThat(new String(client.readChunk(), UTF_8))
          .isEqualTo("id: " + epoch + ":0\ndata: one\ndata: \ndata: two\ndata: \n\n");
      server.broker.publish(topic(test), "");
      assertThat(new String(client.readChunk(), UTF_8))
          .isEqualTo("id: " + epoch + ":1\ndata: \n\n");
      server.broker.publish(topic(test), "a\rb");
      assertThat(new String(client.readChunk(), UTF_8))
          .isEqualTo("event: base64\nid: " + epoch + ":2\ndata: YQ1i\n\n");
      server.broker.publish(topic(test), new byte[] {(byte) 0xff});
      assertThat(new String(client.readChunk(), UTF_8))
          .isEqualTo("event: base64\nid: " + epoch + ":3\ndata: /w==\n\n");
    }
  }

  @Test
  void lastEventIdResumesAndOverridesTheQuery(TestInfo test) throws Exception {
    publish(topic(test), "0", "1", "2");
    String epoch = epoch(topic(test));
    try (var client = server.connect()) {
      client.request(
          "GET /sub?format=sse&from=latest&topic=" + topic(test) + " HTTP/1.1",
          "Last-Event-ID: " + epoch + ":0");

      var head = client.readHead();

      assertThat(head.header("Emque-Offset")).isEqualTo("1");
      assertThat(new String(client.readChunk(), UTF_8)).isEqualTo("id: " + epoch + ":0\n\n");
      assertThat(new String(client.readChunk(), UTF_8))
          .startsWith("id: " + epoch + ":1\ndata: 1\n\n");
    }
  }

  // ---- where to start

  @Test
  void startsWhereItIsAskedTo(TestInfo test) throws Exception {
    publish(topic(test), "0", "1", "2", "3");
    String epoch = epoch(topic(test));

    assertThat(firstLine(topic(test), "&from=earliest")).isEqualTo("0");
    assertThat(firstLine(topic(test), "&from=2")).isEqualTo("2");
    assertThat(firstLine(topic(test), "&from=" + epoch + ":1")).isEqualTo("1");
    assertThat(firstLine(topic(test), "&after=" + epoch + ":1")).isEqualTo("2");
    assertThat(firstLine(topic(test), "&after=" + epoch + ":-1")).isEqualTo("0");
    assertThat(firstLine(topic(test), "&since=1h")).isEqualTo("0");
    assertThat(firstLine(topic(test), "&since=2020-01-31T12:00:00Z")).isEqualTo("0");
    assertThat(firstLine(topic(test), "&since=2020-01-31T12:00:00.5+02:00")).isEqualTo("0");
    assertThat(firstLine(topic(test), "&after=unknown:7")).isEqualTo("0");
  }

  @Test
  void startBeyondTheEndWaitsForIt(TestInfo test) throws Exception {
    publish(topic(test), "0");
    try (var client = subscribed(topic(test), "&from=3")) {
      publish(topic(test), "1", "2", "3");

      assertThat(client.readChunked(2)).isEqualTo("3\n");
    }
  }

  @Test
  void sinceTheFutureMeansTheNextMessage(TestInfo test) throws Exception {
    publish(topic(test), "0");
    String future = OffsetDateTime.now(ZoneOffset.UTC).plusHours(1).toString();
    try (var client = subscribed(topic(test), "&since=" + encoded(future))) {
      publish(topic(test), "1");

      assertThat(client.readChunked(2)).isEqualTo("1\n");
    }
  }

  @Test
  void unknownEpochIsAGapAndThenTheOldest(TestInfo test) throws Exception {
    publish(topic(test), "0");
    String epoch = epoch(topic(test));
    try (var json = subscribed(topic(test), "&format=json&after=gone:41");
        var sse = subscribed(topic(test), "&format=sse&after=gone:41")) {
      var gap = JSON.readTree(json.readChunk()).get("gap");

      // Cut off here, it would come back and be told of the gap.
      assertThat(new String(sse.readChunk(), UTF_8)).isEqualTo("id: gone:41\n\n");
      assertThat(gap.get("topic").asText()).isEqualTo(topic(test));
      assertThat(gap.get("expected").asText()).isEqualTo("gone:42");
      assertThat(gap.get("next").asText()).isEqualTo(epoch + ":0");
      assertThat(gap.get("missed").isNull()).isTrue();
      assertThat(new String(sse.readChunk(), UTF_8))
          .isEqualTo(
              "event: gap\nid: %s:-1\ndata: {\"topic\":\"%s\",\"expected\":\"gone:42\",\"next\":\"%s:0\",\"missed\":null}\n\n"
                  .formatted(epoch, topic(test), epoch));
    }
  }

  @Test
  void whatIsNoLongerKeptIsAGapWithItsCount() throws Exception {
    try (var small =
        TestServer.start(
            EngineOptions.DEFAULT.retainCount(2), TestServer.heartbeat(TestServer.NEVER))) {
      for (int i = 0; i < 1000; i++) {
        small.broker.publish("t", "x".repeat(100) + i);
      }
      long first = small.broker.topic("t").orElseThrow().firstOffset();
      assertThat(first).isPositive();
      try (var client = small.connect()) {
        client.request("GET /sub?topic=t&format=json&from=0 HTTP/1.1").readHead();

        var gap = JSON.readTree(client.readChunk()).get("gap");

        assertThat(gap.get("missed").asLong()).isEqualTo(first);
        assertThat(gap.get("expected").asText()).endsWith(":0");
        assertThat(gap.get("next").asText()).endsWith(":" + first);
        assertThat(JSON.readTree(client.readChunk()).get("offset").asLong()).isEqualTo(first);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "from=middle|CURSOR_INVALID",
        "from=|CURSOR_INVALID",
        "from=-1|CURSOR_INVALID",
        "from=99999999999999999999|CURSOR_INVALID",
        "from=e%C3%BC:1|CURSOR_INVALID",
        "from=:1|CURSOR_INVALID",
        "after=12|CURSOR_INVALID",
        "after=e:-2|CURSOR_INVALID",
        "after=e:x|CURSOR_INVALID",
        "after=012345678901234567890123456789012:1|CURSOR_INVALID",
        "since=yesterday|CURSOR_INVALID",
        "since=10|CURSOR_INVALID",
        "since=-5m|CURSOR_INVALID",
        "from=1&after=e:1|OPTION_INVALID",
        "from=1&since=1m|OPTION_INVALID",
        "after=e:1&since=1m|OPTION_INVALID",
        "format=xml|OPTION_INVALID",
        "format=|OPTION_INVALID",
        "format=text|OPTION_INVALID",
        "slow=fast|OPTION_INVALID",
        "format=%|QUERY_INVALID",
      })
  void badOptionIsRefused(String option, String code) throws Exception {
    var answer = rawGet("/sub?topic=refused&" + option);

    assertThat(answer.head.status()).isEqualTo(400);
    assertThat(answer.head.header("Emque-Error")).isEqualTo(code);
    assertThat(answer.body).hasLineCount(1).endsWith("\n");
    assertThat(server.broker.topic("refused")).isEmpty();
  }

  @Test
  void badLastEventIdIsRefused() throws Exception {
    var answer = rawGet("/sub?topic=refused&format=sse", "Last-Event-ID: 17");

    assertThat(answer.head.status()).isEqualTo(400);
    assertThat(answer.head.header("Emque-Error")).isEqualTo("CURSOR_INVALID");
  }

  @Test
  void blockIsForbiddenUnlessAllowed() throws Exception {
    var options = new HttpOptions(TestServer.NEVER, SlowPolicy.SKIP, true, List.of(), null, false);
    try (var allowing = TestServer.start(TestServer.ENGINE, options);
        var client = allowing.connect()) {
      client.request("GET /sub?topic=x&slow=block HTTP/1.1");

      var forbidden = rawGet("/sub?topic=refused&slow=block");

      assertThat(forbidden.head.status()).isEqualTo(403);
      assertThat(forbidden.head.header("Emque-Error")).isEqualTo("FORBIDDEN");
      assertThat(client.readHead().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "HEAD"})
  void onlyGetSubscribes(String method) throws Exception {
    try (var client = server.connect()) {
      client.request(method + " /sub?topic=x HTTP/1.1");

      var head = client.readHead();

      assertThat(head.status()).isEqualTo(405);
      assertThat(head.header("Allow")).isEqualTo("GET");
    }
  }

  // ---- heartbeats

  @Test
  void idleStreamsShowSignsOfLifeWhereTheFormatHasRoom() throws Exception {
    try (var lively =
            TestServer.start(TestServer.ENGINE, TestServer.heartbeat(Duration.ofMillis(50)));
        var json = lively.connect();
        var sse = lively.connect();
        var raw = lively.connect();
        var lines = lively.connect()) {
      json.request("GET /sub?topic=t&format=json HTTP/1.1").readHead();
      sse.request("GET /sub?topic=t&format=sse HTTP/1.1").readHead();
      raw.request("GET /sub?topic=t&format=raw HTTP/1.1").readHead();
      lines.request("GET /sub?topic=t HTTP/1.1").readHead();
      sse.readChunk();

      assertThat(new String(json.readChunk(), UTF_8)).isEqualTo("\n");
      assertThat(new String(json.readChunk(), UTF_8)).isEqualTo("\n");
      assertThat(new String(sse.readChunk(), UTF_8)).startsWith(":").endsWith("\n\n");
      assertThat(new String(sse.readChunk(), UTF_8)).startsWith(":").endsWith("\n\n");
      lively.broker.publish("t", "x");
      assertThat(new String(raw.readChunk(), UTF_8)).isEqualTo("x");
      assertThat(new String(lines.readChunk(), UTF_8)).isEqualTo("x\n");
    }
  }

  // ---- clients that go

  @ParameterizedTest
  @ValueSource(strings = {"raw", "lines", "json", "sse"})
  void clientThatClosesIsNoticedWithoutAMessage(String format) throws Exception {
    String topic = "closing-" + format;
    try (var closing = subscribed(topic, "&format=" + format);
        var resetting = subscribed(topic, "&format=" + format)) {
      assertThat(server.broker.topic(topic).orElseThrow().subscribers()).hasSize(2);

      closing.socket().close();
      resetting.reset();

      await().atMost(Duration.ofSeconds(1)).until(() -> server.broker.topic(topic).isEmpty());
    }
  }

  @Test
  void http2ClientThatGoesIsNoticedWithoutAMessage() throws Exception {
    try (var tls = TestServer.startTls()) {
      var first = http2Stream(tls, "/sub?topic=t");
      var second = http2Stream(tls, "/sub?topic=t&format=sse");
      assertThat(first.version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_2);
      assertThat(tls.broker.topic("t").orElseThrow().subscribers()).hasSize(2);

      first.body().close(); // RST_STREAM

      await()
          .atMost(Duration.ofSeconds(1))
          .until(() -> tls.broker.topic("t").orElseThrow().subscribers().size() == 1);
      tls.broker.publish("t", "still");
      assertThat(readUntil(second.body(), "still\n\n")).contains("data: still\n\n");
      tls.client().shutdownNow(); // the connection
      await()
          .atMost(Duration.ofSeconds(1))
          .until(() -> tls.broker.topic("t").orElseThrow().subscribers().isEmpty());
    }
  }

  @Test
  void http2StreamsCarryEveryMessageInOrder() throws Exception {
    try (var tls = TestServer.startTls()) {
      var stream = http2Stream(tls, "/sub?topic=t");
      String payload = "x".repeat(1000);
      Thread.ofVirtual()
          .start(
              () -> {
                for (int i = 0; i < 5_000; i++) {
                  tls.broker.publish("t", i + payload);
                }
              });

      var reader = new java.io.BufferedReader(new java.io.InputStreamReader(stream.body(), UTF_8));
      for (int i = 0; i < 5_000; i++) {
        assertThat(reader.readLine()).isEqualTo(i + payload);
      }
      stream.body().close();
    }
  }

  /**
   * A stalled stream waits in HTTP/2's flow control: it must be freed when its client resets it.
   */
  @Test
  void stalledHttp2StreamIsFreedAndItsSiblingsGoOn() throws Exception {
    try (var tls = TestServer.startTls()) {
      var stalled = http2Stream(tls, "/sub?topic=t");
      for (int i = 0; i < 1_000; i++) {
        tls.broker.publish("t", "x".repeat(60_000));
      }
      var sibling = http2Stream(tls, "/sub?topic=other");

      stalled.body().close();

      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> tls.broker.topic("t").orElseThrow().subscribers().isEmpty());
      tls.broker.publish("other", "fine");
      assertThat(readUntil(sibling.body(), "fine\n")).isEqualTo("fine\n");
    }
  }

  @Test
  void manySubscriptionsOnOneHttp2ConnectionLeaveNothingBehind() throws Exception {
    try (var tls = TestServer.startTls()) {
      for (int i = 0; i < 2_000; i++) { // more than may be open at once
        http2Stream(tls, "/sub?topic=t" + i).body().close();
      }

      await().atMost(Duration.ofSeconds(30)).until(() -> tls.broker.stats().subscribers() == 0);
      await().atMost(Duration.ofSeconds(30)).until(() -> tls.broker.stats().topics() == 0);
    }
  }

  // ---- the end

  @Test
  void drainingStreamGetsWhatIsInTheLogAndAProperEnd() throws Exception {
    try (var draining = TestServer.start();
        var client = draining.connect()) {
      client.request("GET /sub?topic=t HTTP/1.1").readHead();
      for (int i = 0; i < 1_000; i++) {
        draining.broker.publish("t", "%03d".formatted(i));
      }

      draining.transport.drain(Duration.ZERO);

      assertThat(client.readChunked(4_000)).endsWith("999\n");
      assertThat(client.readChunk()).isEmpty();
      assertThat(client.isEnded()).isTrue();
      assertThat(draining.transport.awaitDrained(Duration.ofSeconds(5))).isTrue();
    }
  }

  @Test
  void drainingHttp2StreamEndsProperly() throws Exception {
    try (var tls = TestServer.startTls()) {
      var stream = http2Stream(tls, "/sub?topic=t");
      tls.broker.publish("t", "last");

      tls.transport.drain(Duration.ZERO);

      assertThat(new String(stream.body().readAllBytes(), UTF_8)).isEqualTo("last\n");
    }
  }

  @Test
  void drainingBrokerTakesNoNewWork() throws Exception {
    try (var draining = TestServer.start()) {
      draining.transport.drain(Duration.ZERO);

      for (var answer :
          List.of(
              draining.get("/sub?topic=t"),
              draining.post("/pub?topic=t", "x"),
              draining.get("/health/ready"))) {
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Emque-Error")).hasValue("DRAINING");
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
      }
      assertThat(draining.get("/health/live").statusCode()).isEqualTo(200);
    }
  }

  /** Not a proper end: the body lacks its last chunk. */
  @Test
  void slowConsumerThatAskedForItIsCutOff() throws Exception {
    try (var small =
            TestServer.start(
                EngineOptions.DEFAULT.retainBytes(64 * 1024),
                TestServer.heartbeat(TestServer.NEVER));
        var client = RawClient.connect(small.port(), 4096)) {
      client.request("GET /sub?topic=t&slow=disconnect HTTP/1.1");

      publishUntil(small, () -> small.broker.stats().evicted() == 1);

      await().atMost(Duration.ofSeconds(30)).until(() -> small.broker.stats().subscribers() == 0);
    }
  }

  @Test
  void slowHttp2StreamIsResetAndItsConnectionLives() throws Exception {
    try (var tls = TestServer.startTls()) {
      var slow = http2Stream(tls, "/sub?topic=t&slow=disconnect");
      var sibling = http2Stream(tls, "/sub?topic=other");

      publishUntil(tls, () -> tls.broker.stats().evicted() == 1);

      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> tls.broker.topic("t").orElseThrow().subscribers().isEmpty());
      assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> slow.body().readAllBytes()))
          .isInstanceOf(IOException.class);
      tls.broker.publish("other", "fine");
      assertThat(readUntil(sibling.body(), "fine\n")).isEqualTo("fine\n");
    }
  }

  private static void publishUntil(TestServer server, java.util.function.BooleanSupplier done) {
    for (int i = 0; i < 20_000 && !done.getAsBoolean(); i++) {
      server.broker.publish("t", "x".repeat(16 * 1024));
    }
    assertThat(done.getAsBoolean()).isTrue();
  }

  // ----

  private record Answer(RawClient.Head head, String body) {}

  private static Answer rawGet(String target, String... headers) throws IOException {
    try (var client = server.connect()) {
      client.request("GET " + target + " HTTP/1.1", headers);
      var head = client.readHead();
      return new Answer(head, head.status() == 200 ? "" : client.readBody(head));
    }
  }

  private static RawClient subscribed(String topic, String options) throws IOException {
    var client = server.connect();
    client.request("GET /sub?topic=" + topic + options + " HTTP/1.1");
    assertThat(client.readHead().status()).isEqualTo(200);
    return client;
  }

  private static String firstLine(String topic, String options) throws IOException {
    try (var client = subscribed(topic, options)) {
      return new String(client.readChunk(), UTF_8).lines().findFirst().orElseThrow();
    }
  }

  private static HttpResponse<InputStream> http2Stream(TestServer server, String target)
      throws Exception {
    var answer =
        server
            .client()
            .send(server.request(target).build(), HttpResponse.BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer;
  }

  private static String readUntil(InputStream in, String end) throws IOException {
    var text = new StringBuilder();
    while (!text.toString().endsWith(end)) {
      int b = in.read();
      assertThat(b).isNotNegative();
      text.append((char) b);
    }
    return text.toString();
  }

  private static void publish(String topic, String... texts) {
    for (String text : texts) {
      server.broker.publish(topic, text);
    }
  }

  private static String epoch(String topic) {
    return server.broker.topic(topic).orElseThrow().epoch();
  }

  private static String encoded(String text) {
    return java.net.URLEncoder.encode(text, UTF_8);
  }

  private static String topic(TestInfo test) {
    return test.getTestMethod().orElseThrow().getName();
  }
}
