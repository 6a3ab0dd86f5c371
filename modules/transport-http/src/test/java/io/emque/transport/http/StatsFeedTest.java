package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.emque.api.SubscribeOptions;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code GET /stats}. */
@Timeout(60)
@ExtendWith(QuietLog.class)
class StatsFeedTest {
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

  @Test
  void tellsWhatTheBrokerDoesEverySecond() throws Exception {
    server.broker.subscribe("foo", SubscribeOptions.DEFAULT, delivery -> {});
    try (var client = server.connect()) {
      client.request("GET /stats HTTP/1.1");
      assertThat(client.readHead().status()).isEqualTo(200);
      var lines = new Lines(client);
      JsonNode first = JSON.readTree(lines.next());
      for (int i = 0; i < 100; i++) {
        server.broker.publish("foo", "x");
      }
      JsonNode next = JSON.readTree(lines.next());
      while (next.get("delivered").asLong() < 100) {
        next = JSON.readTree(lines.next());
      }

      assertThat(first.get("published").asLong()).isZero();
      assertThat(first.get("publishedPerSecond").isNull()).isTrue();
      assertThat(next.get("published").asLong()).isEqualTo(100);
      assertThat(next.get("publishedPerSecond").isIntegralNumber()).isTrue();
      assertThat(next.get("topics").asInt()).isEqualTo(1);
      assertThat(next.get("subscribers").asInt()).isEqualTo(1);
      assertThat(next.get("subscribersByProtocol").get("embedded").asInt()).isEqualTo(1);
      assertThat(next.get("connections").asInt()).isEqualTo(1);
      assertThat(next.get("memoryBytes").asLong()).isPositive();
      assertThat(next.get("memoryLimitBytes").asLong()).isEqualTo(TestServer.ENGINE.memoryBytes());
      assertThat(next.get("uptimeSeconds").asLong()).isNotNegative();
    }
  }

  @Test
  void isComputedOnceForAllWhoLookAndResumed() throws Exception {
    String id;
    try (var one = server.connect();
        var two = server.connect()) {
      one.request("GET /stats?format=json HTTP/1.1").readHead();
      two.request("GET /stats?format=json&from=earliest HTTP/1.1").readHead();
      String seen = new Lines(one).next();
      assertThat(new Lines(two).next()).isEqualTo(seen);
      JsonNode message = JSON.readTree(seen);
      id = message.get("epoch").asText() + ":" + message.get("offset").asText();
    }

    try (var again = server.connect()) {
      again.request("GET /stats?format=sse HTTP/1.1", "Last-Event-ID: " + id).readHead();

      var lines = new Lines(again);
      assertThat(lines.next()).isEqualTo("id: " + id);
      assertThat(lines.next()).isEmpty();
      assertThat(lines.next()).matches("id: .+:\\d+");
      assertThat(lines.next()).startsWith("data: {\"time\"");
    }
  }

  @Test
  void isNoTopicAndCountsNoSubscriber() throws Exception {
    try (var client = server.connect()) {
      client.request("GET /stats HTTP/1.1").readHead();
      new Lines(client).next();

      assertThat(server.broker.topics(null, 10)).isEmpty();
      assertThat(server.broker.stats().subscribers()).isZero();
      assertThat(server.get("/stats?from=middle").statusCode()).isEqualTo(400);
    }
  }

  @Test
  void endsProperlyWithTheBroker() throws Exception {
    try (var client = server.connect()) {
      client.request("GET /stats HTTP/1.1").readHead();
      new Lines(client).next();

      server.transport.drain(Duration.ZERO);

      assertThat(server.transport.awaitDrained(Duration.ofSeconds(30))).isTrue();
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(server.get("/stats").statusCode()).isEqualTo(503));
    }
  }

  /** The lines of a chunked body, as they come. */
  private static final class Lines {
    private final RawClient client;
    private final StringBuilder held = new StringBuilder();

    Lines(RawClient client) {
      this.client = client;
    }

    String next() throws IOException {
      while (held.indexOf("\n") < 0) {
        held.append(new String(client.readChunk(), UTF_8));
      }
      String line = held.substring(0, held.indexOf("\n"));
      held.delete(0, line.length() + 1);
      return line;
    }
  }
}
