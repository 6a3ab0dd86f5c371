package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Message;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST} and {@code PUT /pub}. */
@Timeout(30)
@ExtendWith(QuietLog.class)
class PublishTest {
  private static final int LIMIT = TestServer.ENGINE.maxMessageBytes();
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, none, true",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, 'a=1,b=2', true",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01, none, false",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01, none, false",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, none, false",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01, none, false",
        "nonsense, 'a=1', false",
        "none, 'a=1', false",
      })
  void traceOfARequestIsPassedOnWithItsMessage(
      @Nullable String parent, @Nullable String state, boolean passed) throws Exception {
    var subscription = server.broker.subscribe("traced", SubscribeOptions.DEFAULT);
    var headers = new ArrayList<>(List.of("Emque-Header-Own", "x"));
    if (parent != null) {
      headers.addAll(List.of("traceparent", parent));
    }
    if (state != null) {
      headers.addAll(List.of("tracestate", state));
    }

    assertThat(server.post("/pub?topic=traced", "x", headers.toArray(new String[0])).statusCode())
        .isEqualTo(200);

    var expected = new HashMap<>(Map.of("own", "x"));
    if (passed) {
      expected.put("traceparent", String.valueOf(parent));
    }
    if (passed && state != null) {
      expected.put("tracestate", state);
    }
    assertThat(((Message) subscription.take()).headers()).isEqualTo(expected);
  }

  @Test
  void answerIsEmptyAndSaysWhereTheMessageIs(TestInfo test) throws Exception {
    String topic = topic(test);

    var first = server.post("/pub?topic=" + topic, "a");
    var second = server.post("/pub?topic=" + topic, "b");

    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(first.headers().firstValue("Content-Length")).hasValue("0");
    assertThat(first.headers().firstValue("Emque-Offset")).hasValue("0");
    assertThat(first.headers().firstValue("Emque-Ack")).hasValue("memory");
    assertThat(second.headers().firstValue("Emque-Offset")).hasValue("1");
    assertThat(second.headers().firstValue("Emque-Epoch"))
        .isEqualTo(first.headers().firstValue("Emque-Epoch"))
        .hasValueSatisfying(epoch -> assertThat(epoch).matches("[0-9A-Za-z_-]{1,32}"));
    assertThat(payloads(topic, 2)).containsExactly("a", "b");
  }

  @Test
  void everyByteAndNoByteIsAPayload(TestInfo test) throws Exception {
    var all = new byte[256];
    for (int i = 0; i < 256; i++) {
      all[i] = (byte) i;
    }

    server.post("/pub?topic=" + topic(test), all, "Content-Type", "text/html");
    server.post("/pub?topic=" + topic(test), new byte[0]);

    var messages = messages(topic(test), 2);
    assertThat(messages.get(0).payload()).isEqualTo(all);
    assertThat(messages.get(1).payload()).isEmpty();
  }

  @Test
  void putPublishesToo(TestInfo test) throws Exception {
    var request =
        server.request("/pub?topic=" + topic(test)).PUT(HttpRequest.BodyPublishers.ofString("x"));

    var answer = server.client().send(request.build(), HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(payloads(topic(test), 1)).containsExactly("x");
  }

  @Test
  void chunkedBodyIsOneMessage(TestInfo test) throws Exception {
    try (var client = server.connect()) {
      client.request("POST /pub?topic=" + topic(test) + " HTTP/1.1", "Transfer-Encoding: chunked");
      client.send("3\r\none\r\n").send("3\r\ntwo\r\n0\r\n\r\n");

      assertThat(client.readHead().status()).isEqualTo(200);
      assertThat(payloads(topic(test), 1)).containsExactly("onetwo");
    }
  }

  @Test
  void bodyHeldBackForTheGoAheadGetsIt(TestInfo test) throws Exception {
    try (var client = server.connect()) {
      client.request(
          "POST /pub?topic=" + topic(test) + " HTTP/1.1",
          "Content-Length: 2",
          "Expect: 100-continue");

      assertThat(client.readHead().status()).isEqualTo(100);
      client.send("ok");
      assertThat(client.readHead().status()).isEqualTo(200);
    }
  }

  @Test
  void connectionServesManyPublishes(TestInfo test) throws Exception {
    try (var client = server.connect()) {
      for (int i = 0; i < 50; i++) {
        client.request("POST /pub?topic=" + topic(test) + " HTTP/1.1", "Content-Length: 1");
        client.send("x");
      }
      for (int i = 0; i < 50; i++) {
        assertThat(client.readHead().header("Emque-Offset")).isEqualTo(Integer.toString(i));
      }
    }
  }

  // ---- ids and headers

  @Test
  void sameIdIsTakenOnce(TestInfo test) throws Exception {
    String target = "/pub?topic=" + topic(test);

    var first = server.post(target, "a", "Emque-Id", "1");
    server.post(target, "b", "Emque-Id", "2");
    var again = server.post(target, "a", "Emque-Id", "1");

    assertThat(first.headers().firstValue("Emque-Duplicate")).isEmpty();
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.headers().firstValue("Emque-Duplicate")).hasValue("true");
    assertThat(again.headers().firstValue("Emque-Offset")).hasValue("0");
  }

  @Test
  void applicationHeadersAreDeliveredDecoded(TestInfo test) throws Exception {
    server.post(
        "/pub?topic=" + topic(test),
        "x",
        "Emque-Header-Trace-ID",
        "a+b",
        "emque-header-name",
        "%C3%BC");

    assertThat(messages(topic(test), 1).getFirst().headers())
        .containsOnly(java.util.Map.entry("trace-id", "a+b"), java.util.Map.entry("name", "ü"));
  }

  @Test
  void badApplicationHeaderIsRefused(TestInfo test) throws Exception {
    var answer = server.post("/pub?topic=" + topic(test), "x", "Emque-Header-Name", "%zz");
    var many = new ArrayList<String>();
    for (int i = 0; i < 33; i++) {
      many.addAll(List.of("Emque-Header-N" + i, "x"));
    }
    var tooMany = server.post("/pub?topic=" + topic(test), "x", many.toArray(String[]::new));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(tooMany.statusCode()).isEqualTo(400);
    assertThat(tooMany.headers().firstValue("Emque-Error")).hasValue("OPTION_INVALID");
    assertThat(tooMany.body()).contains("33").contains("32");
  }

  // ---- limits

  @Test
  void messageOfExactlyTheLimitIsTaken(TestInfo test) throws Exception {
    var answer = server.post("/pub?topic=" + topic(test), new byte[LIMIT]);

    assertThat(answer.statusCode()).isEqualTo(200);
  }

  @Test
  void largerMessageIsRefusedBeforeItsBodyIsSent() throws Exception {
    try (var client = server.connect()) {
      client.request("POST /pub?topic=large HTTP/1.1", "Content-Length: " + (LIMIT + 1));

      var head = client.readHead();

      assertThat(head.status()).isEqualTo(413);
      assertThat(head.header("Emque-Error")).isEqualTo("MESSAGE_TOO_LARGE");
      assertThat(client.readBody(head))
          .contains(Integer.toString(LIMIT + 1))
          .contains(Integer.toString(LIMIT))
          .contains("--max_message_bytes")
          .endsWith("\n");
    }
  }

  @Test
  void clientThatSendsItAllSeesTheRefusal() throws Exception {
    var answer = server.post("/pub?topic=large", new byte[40 * LIMIT]);

    assertThat(answer.statusCode()).isEqualTo(413);
  }

  @Test
  void largerChunkedMessageIsRefused() throws Exception {
    var body =
        HttpRequest.BodyPublishers.ofInputStream(
            () -> new ByteArrayInputStream(new byte[4 * LIMIT]));

    var answer =
        server
            .client()
            .send(
                server.request("/pub?topic=large").POST(body).build(),
                HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.headers().firstValue("Emque-Error")).hasValue("MESSAGE_TOO_LARGE");
    assertThat(server.broker.topic("large")).isEmpty();
  }

  @Test
  void clientThatGoesOnSendingIsCutOff() throws Exception {
    try (var client = server.connect()) {
      client.request("POST /pub?topic=large HTTP/1.1", "Content-Length: " + Long.MAX_VALUE);
      assertThat(client.readHead().status()).isEqualTo(413);
      long start = System.nanoTime();

      long sent = sendUntilCut(client);

      assertThat(sent).isPositive();
      assertThat(System.nanoTime() - start).isLessThan(8_000_000_000L);
    }
  }

  private static long sendUntilCut(RawClient client) {
    long sent = 0;
    try {
      while (true) {
        client.send(new byte[8192]);
        sent += 8192;
      }
    } catch (java.io.IOException cut) {
      return sent;
    }
  }

  // ---- batches

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "a\\nb\\n|2|a,b",
        "a\\nb|2|a,b",
        "a\\r\\nb\\r\\n|2|a,b",
        "a\\r\\r\\nb|2|a\\r,b",
        "a\\r|1|a\\r",
        "\\n\\na\\n|3|,,a",
        "\\n|1|",
      })
  void batchIsSplitIntoLines(String body, int count, String expected, TestInfo test)
      throws Exception {
    String topic = "lines-" + body.hashCode();

    var answer = server.post("/pub?batch=lines&topic=" + topic, unescaped(body));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Emque-Count")).hasValue(Integer.toString(count));
    assertThat(answer.headers().firstValue("Emque-Offset")).hasValue(Integer.toString(count - 1));
    assertThat(payloads(topic, count))
        .isEqualTo(Arrays.asList(unescaped(expected == null ? "" : expected).split(",", -1)));
  }

  private static String unescaped(String text) {
    return text.replace("\\n", "\n").replace("\\r", "\r");
  }

  @Test
  void emptyBatchPublishesNothing(TestInfo test) throws Exception {
    var answer = server.post("/pub?batch=lines&topic=" + topic(test), "");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Emque-Count")).hasValue("0");
    assertThat(server.broker.topic(topic(test))).isEmpty();
  }

  @Test
  void batchHasNoLimitButItsLinesHave(TestInfo test) throws Exception {
    String good = ("x".repeat(99) + "\n").repeat(20_000);

    var all = server.post("/pub?batch=lines&topic=" + topic(test), good);
    var some =
        server.post(
            "/pub?batch=lines&topic=" + topic(test), "1\n2\n" + "y".repeat(LIMIT + 1) + "\n4\n");

    assertThat(all.headers().firstValue("Emque-Count")).hasValue("20000");
    assertThat(some.statusCode()).isEqualTo(413);
    assertThat(some.headers().firstValue("Emque-Count")).hasValue("2");
    assertThat(server.broker.topic(topic(test)).orElseThrow().nextOffset()).isEqualTo(20_002);
  }

  @Test
  void lineOfExactlyTheLimitIsTaken(TestInfo test) throws Exception {
    String line = "x".repeat(LIMIT);

    var answer =
        server.post("/pub?batch=lines&topic=" + topic(test), line + "\r\n" + line + "\n" + line);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Emque-Count")).hasValue("3");
    assertThat(payloads(topic(test), 3)).containsExactly(line, line, line);
  }

  @Test
  void unknownKindOfBatchIsRefused() throws Exception {
    var answer = server.post("/pub?batch=json&topic=x", "");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Emque-Error")).hasValue("OPTION_INVALID");
  }

  // ---- topics

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a/b|a/b",
        "a%2Fb|a/b",
        "%C3%BC|ü",
        "a+b|a b",
        "a%20b|a b",
        "a%2Bb|a+b",
        "..%2Fx|../x",
        "../x|../x",
        "%2E%2E%2Fx|../x",
        "x%23y|x#y",
        "x%26y%3Dz|x&y=z",
        "first&topic=second|first",
        "%F0%9F%98%80|😀",
        "Case|Case",
        "a=b|a=b",
        "100%25|100%",
      })
  void topicIsTheFirstFormDecodedParameter(String raw, String topic) throws Exception {
    try (var client = server.connect()) {
      client.request("POST /pub?topic=" + raw + " HTTP/1.1", "Content-Length: 1").send("x");

      assertThat(client.readHead().status()).isEqualTo(200);
      assertThat(server.broker.topic(topic)).isPresent();
    }
  }

  @Test
  void topicInRawUtf8IsUnderstood() throws Exception {
    try (var client = server.connect()) {
      client.request("POST /pub?topic=größe HTTP/1.1", "Content-Length: 1").send("x");

      assertThat(client.readHead().status()).isEqualTo(200);
      assertThat(server.broker.topic("größe")).isPresent();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "/pub|TOPIC_REQUIRED",
        "/pub?|TOPIC_REQUIRED",
        "/pub?topic|TOPIC_REQUIRED",
        "/pub?topic=|TOPIC_REQUIRED",
        "/pub?Topic=x|TOPIC_REQUIRED",
        "/pub?topic=a%0Ab|TOPIC_INVALID",
        "/pub?topic=a%00|TOPIC_INVALID",
        "/pub?topic=%C2%85|TOPIC_INVALID",
        "/pub?topic=%|QUERY_INVALID",
        "/pub?topic=a%2|QUERY_INVALID",
        "/pub?topic=%zz|QUERY_INVALID",
        "/pub?topic=%FF|QUERY_INVALID",
        "/pub?topic=%C3|QUERY_INVALID",
        "/pub?topic=%ED%A0%80|QUERY_INVALID",
        "/pub?topic=x&other=%|QUERY_INVALID",
      })
  void badTopicIsRefused(String target, String code) throws Exception {
    try (var client = server.connect()) {
      client.request("POST " + target + " HTTP/1.1", "Content-Length: 1").send("x");

      var head = client.readHead();

      assertThat(head.status()).isEqualTo(400);
      assertThat(head.header("Emque-Error")).isEqualTo(code);
      assertThat(client.readBody(head)).endsWith("\n").hasLineCount(1);
    }
  }

  @Test
  void longestTopicIs1024Bytes() throws Exception {
    var longest = server.post("/pub?topic=" + "x".repeat(1024), "x");
    var longer = server.post("/pub?topic=" + "x".repeat(2000), "x");

    assertThat(longest.statusCode()).isEqualTo(200);
    assertThat(longer.statusCode()).isEqualTo(400);
    assertThat(longer.headers().firstValue("Emque-Error")).hasValue("TOPIC_INVALID");
    assertThat(longer.body()).contains("2000");
  }

  // ---- methods

  @ParameterizedTest
  @ValueSource(strings = {"GET", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW"})
  void otherMethodsAreRefused(String method) throws Exception {
    try (var client = server.connect()) {
      client.request(method + " /pub?topic=x HTTP/1.1");

      var head = client.readHead();

      assertThat(head.status()).isEqualTo(405);
      assertThat(head.header("Allow")).isEqualTo("POST, PUT");
      assertThat(head.header("Emque-Error")).isEqualTo("METHOD_NOT_ALLOWED");
    }
  }

  // ---- HTTP/2

  @Test
  void refusedOverHttp2WithoutHarmToTheConnection() throws Exception {
    try (var tls = TestServer.startTls()) {
      var refused = tls.post("/pub?topic=x", new byte[40 * LIMIT]);
      var taken = tls.post("/pub?topic=x", "fine");

      assertThat(refused.version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_2);
      assertThat(refused.statusCode()).isEqualTo(413);
      assertThat(refused.headers().firstValue("Emque-Error")).hasValue("MESSAGE_TOO_LARGE");
      assertThat(refused.headers().firstValue("Connection")).isEmpty();
      assertThat(taken.statusCode()).isEqualTo(200);
      assertThat(taken.headers().firstValue("Emque-Offset")).hasValue("0");
    }
  }

  @Test
  void largeMessagesAreTakenOverHttp2() throws Exception {
    try (var tls = TestServer.startTls()) {
      for (int i = 0; i < 20; i++) {
        var answer = tls.post("/pub?topic=x", new byte[LIMIT]);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Emque-Offset")).hasValue(Integer.toString(i));
      }
    }
  }

  // ----

  private static String topic(TestInfo test) {
    return test.getTestMethod().orElseThrow().getName();
  }

  private static List<String> payloads(String topic, int count) throws Exception {
    return messages(topic, count).stream().map(m -> new String(m.payload(), UTF_8)).toList();
  }

  private static List<Message> messages(String topic, int count) throws Exception {
    var found = new ArrayList<Message>();
    try (var subscription =
        server.broker.subscribe(topic, SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST))) {
      while (found.size() < count) {
        found.add((Message) subscription.poll(java.time.Duration.ofSeconds(10)));
      }
    }
    return found;
  }
}
