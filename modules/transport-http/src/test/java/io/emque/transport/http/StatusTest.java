package io.emque.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.emque.api.SlowPolicy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code /topics}, {@code /health}, {@code /metrics}, {@code /}, and who may ask. */
@Timeout(30)
@ExtendWith(QuietLog.class)
class StatusTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private TestServer server;

  @BeforeEach
  void start() {
    server = TestServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  // ---- topics

  @Test
  void topicIsDescribedWithItsSubscribers() throws Exception {
    server.broker.publish("foo", "0");
    try (var ws = server.webSocket("/sub?topic=foo");
        var sse = server.connect()) {
      sse.request("GET /sub?topic=foo&format=sse HTTP/1.1").readHead();
      server.broker.publish("foo", "1");
      assertThat(ws.readFrame().text()).isEqualTo("1");

      var answer = server.get("/topics/foo");
      var topic = JSON.readTree(answer.body());

      assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
      assertThat(topic.get("topic").asText()).isEqualTo("foo");
      assertThat(topic.get("epoch").asText())
          .isEqualTo(server.broker.topic("foo").orElseThrow().epoch());
      assertThat(topic.get("firstOffset").asLong()).isZero();
      assertThat(topic.get("nextOffset").asLong()).isEqualTo(2);
      assertThat(topic.get("bytes").asLong()).isPositive();
      assertThat(topic.get("subscribers").findValuesAsText("protocol"))
          .containsExactlyInAnyOrder("ws", "sse");
      assertThat(topic.get("subscribers").get(0).get("lag").isIntegralNumber()).isTrue();
      assertThat(server.get("/topics?topic=foo").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void topicsArePagedInOrder() throws Exception {
    for (int i = 0; i < 25; i++) {
      server.broker.publish("t%02d".formatted(i), "x");
    }
    var names = new ArrayList<String>();
    String target = "/topics?limit=10";
    int pages = 0;

    while (target != null) {
      var page = JSON.readTree(server.get(target).body());
      names.addAll(page.get("topics").findValuesAsText("topic"));
      target =
          page.get("next").isNull()
              ? null
              : "/topics?limit=10&after_topic=" + page.get("next").asText();
      pages++;
    }

    assertThat(pages).isEqualTo(3);
    assertThat(names).hasSize(25).isSorted().doesNotHaveDuplicates();
    assertThat(JSON.readTree(server.get("/topics").body()).get("topics")).hasSize(25);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a/b|/topics/a/b",
        "a/b|/topics/a%2Fb",
        "../x|/topics/..%2Fx",
        "../x|/topics/%2E%2E%2Fx",
        "../x|/topics?topic=../x",
        "a//b|/topics/a//b",
        "a b|/topics/a%20b",
        "a+b|/topics/a+b",
        "a b|/topics?topic=a+b",
        "ü|/topics/%C3%BC",
        "x#y?|/topics/x%23y%3F",
        "a;b=c|/topics/a;b=c",
        "\"\\|/topics/%22%5C",
      })
  void everyNameCanBeAskedFor(String topic, String target) throws Exception {
    server.broker.publish(topic, "x");
    try (var client = server.connect()) {
      client.request("GET " + target + " HTTP/1.1");

      var head = client.readHead();
      String body = client.readBody(head);

      assertThat(head.status()).as(body).isEqualTo(200);
      assertThat(JSON.readTree(body).get("topic").asText()).isEqualTo(topic);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/topics/a%2Fb", "/topics/a/b", "/topics?topic=a/b"})
  void topicIsDeleted(String target) throws Exception {
    server.broker.publish("a/b", "x");
    server.broker.publish("a", "x");
    for (int status : new int[] {200, 404}) {
      try (var client = server.connect()) {
        client.request("DELETE " + target + " HTTP/1.1");
        assertThat(client.readHead().status()).isEqualTo(status);
      }
    }

    assertThat(server.broker.topics(null, 10)).extracting(t -> t.name()).containsExactly("a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/topics/none|404|TOPIC_UNKNOWN",
        "/topics?topic=none|404|TOPIC_UNKNOWN",
        "/topics/%|400|QUERY_INVALID",
        "/topics/%FF|400|QUERY_INVALID",
        "/%|400|QUERY_INVALID",
        "/pub%2|400|QUERY_INVALID",
        "/topics?limit=0|400|OPTION_INVALID",
        "/topics?limit=many|400|OPTION_INVALID",
        "/topics?limit=1001|400|OPTION_INVALID",
        "/nowhere|404|NOT_FOUND",
        "/pub/x|404|NOT_FOUND",
        "/health|404|NOT_FOUND",
      })
  void badRequestIsRefused(String target, int status, String code) throws Exception {
    try (var client = server.connect()) {
      client.request("GET " + target + " HTTP/1.1");

      var head = client.readHead();

      assertThat(head.status()).isEqualTo(status);
      assertThat(head.header("Emque-Error")).isEqualTo(code);
      assertThat(client.readBody(head)).hasLineCount(1).endsWith("\n");
    }
  }

  @Test
  void errorIsJsonForWhoAsks() throws Exception {
    var answer = server.get("/sub?topic=a%22%0A", "Accept", "application/problem+json");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    var problem = JSON.readTree(answer.body());
    assertThat(problem.get("status").asInt()).isEqualTo(400);
    assertThat(problem.get("code").asText()).isEqualTo("TOPIC_INVALID");
    assertThat(problem.get("detail").asText()).contains("U+000A");
  }

  // ---- health, metrics, home

  @Test
  void brokerSaysThatItIsWell() throws Exception {
    assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
    assertThat(server.get("/health/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void metricsCount() throws Exception {
    server.post("/pub?topic=foo", "x");
    server.post("/pub?topic=foo", "y");

    var answer = server.get("/metrics");

    assertThat(answer.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
    assertThat(answer.body())
        .contains("\nemque_messages_published_total 2\n")
        .contains("# TYPE emque_messages_published_total counter\n")
        .contains("\nemque_topics 1\n");
    String sample = "[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*})? [0-9.E-]+";
    assertThat(answer.body().lines())
        .allMatch(line -> line.matches("# (HELP|TYPE) [a-z_]+ .+|" + sample));
  }

  @Test
  void homeSaysWhatThisIs() throws Exception {
    var answer = server.get("/");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("curl").contains("/sub?topic=").contains("/pub?topic=");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/topics", "/topics/x", "/health/live", "/metrics", "/"})
  void onlyGetAsks(String target) throws Exception {
    var answer = server.post(target, "");

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow"))
        .hasValueSatisfying(allow -> assertThat(allow).isIn("GET, HEAD", "GET, HEAD, DELETE"));
  }

  // ---- origins

  @ParameterizedTest
  @CsvSource({
    "http://localhost, localhost, 200",
    "https://localhost, localhost, 200",
    "http://LocalHost:80, localhost, 200",
    "http://localhost:8081, localhost:8081, 200",
    "https://localhost:8081, localhost:8081, 200",
    "http://[::1]:8081, [::1]:8081, 200",
    "http://localhost:8082, localhost:8081, 403",
    "http://evil.example, localhost, 403",
    "http://localhost.evil.example, localhost, 403",
    "http://evil.example?localhost, localhost, 403",
    "null, localhost, 403",
    "localhost, localhost, 403",
    "https://listed.example, localhost, 200",
    "https://LISTED.example, localhost, 200",
    "http://listed.example, localhost, 403",
    "https://listed.example:444, localhost, 403",
  })
  void pagesOfForeignOriginsAreRefused(String origin, String host, int status) throws Exception {
    var options =
        new HttpOptions(
            TestServer.NEVER,
            SlowPolicy.SKIP,
            false,
            List.of("https://listed.example"),
            null,
            false);
    try (var listing = TestServer.start(TestServer.ENGINE, options);
        var request = listing.connect();
        var upgrade = listing.connect()) {
      request.send("GET /topics HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + origin + "\r\n\r\n");
      upgrade.send(
          "GET /sub?topic=x HTTP/1.1\r\nHost: "
              + host
              + "\r\nOrigin: "
              + origin
              + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: x\r\n\r\n");

      var answer = request.readHead();
      var upgraded = upgrade.readHead();

      assertThat(answer.status()).isEqualTo(status);
      assertThat(upgraded.status()).isEqualTo(status == 200 ? 101 : 403);
      if (status == 403) {
        assertThat(answer.header("Emque-Error")).isEqualTo("ORIGIN_REFUSED");
        assertThat(upgraded.header("Emque-Error")).isEqualTo("ORIGIN_REFUSED");
      }
    }
  }

  @Test
  void browserOfAListedOriginIsToldWhatItMayDo() throws Exception {
    var options =
        new HttpOptions(
            TestServer.NEVER,
            SlowPolicy.SKIP,
            false,
            List.of("https://listed.example"),
            null,
            false);
    try (var listing = TestServer.start(TestServer.ENGINE, options);
        var client = listing.connect()) {
      client.request(
          "OPTIONS /pub?topic=x HTTP/1.1",
          "Origin: https://listed.example",
          "Access-Control-Request-Method: POST",
          "Access-Control-Request-Headers: emque-id,emque-header-x");
      var preflight = client.readHead();
      client.request("GET /sub?topic=x&format=sse HTTP/1.1", "Origin: https://listed.example");
      var stream = client.readHead();

      assertThat(preflight.status()).isEqualTo(204);
      assertThat(preflight.header("Access-Control-Allow-Origin"))
          .isEqualTo("https://listed.example");
      assertThat(preflight.header("Access-Control-Allow-Methods")).contains("POST");
      assertThat(preflight.header("Access-Control-Allow-Headers"))
          .isEqualTo("emque-id,emque-header-x");
      assertThat(stream.header("Access-Control-Allow-Origin")).isEqualTo("https://listed.example");
      assertThat(stream.header("Access-Control-Expose-Headers")).contains("Emque-Offset");
      assertThat(stream.header("Vary")).contains("Origin");
    }
  }
}
