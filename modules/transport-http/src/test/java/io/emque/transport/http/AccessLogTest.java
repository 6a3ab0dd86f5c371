package io.emque.transport.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One line per request. */
@Timeout(30)
@ExtendWith(QuietLog.class)
class AccessLogTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TIME =
      "\\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d [+-]\\d{4}]";

  @Test
  void requestIsALineInCommonLogFormat() throws Exception {
    try (var server = TestServer.startLogging(false)) {
      server.post("/pub?topic=foo", "x");
      String published = next(server.accessLog);
      server.get("/nowhere");
      String refused = next(server.accessLog);

      assertThat(published)
          .matches("127\\.0\\.0\\.1 - - " + TIME + " \"POST /pub\\?topic=foo HTTP/1\\.1\" 200 0");
      assertThat(refused).matches(".* \"GET /nowhere HTTP/1\\.1\" 404 [1-9]\\d*");
    }
  }

  @Test
  void streamIsALineWithItsBytesWhenItEnds() throws Exception {
    try (var server = TestServer.startLogging(false)) {
      try (var client = server.connect()) {
        client.request("GET /sub?topic=foo HTTP/1.1").readHead();
        server.broker.publish("foo", "12345");
        client.readChunked(6);
        assertThat(server.accessLog).isEmpty();
      }

      assertThat(next(server.accessLog)).endsWith("\"GET /sub?topic=foo HTTP/1.1\" 200 6");
    }
  }

  @Test
  void http2StreamsOfOneConnectionAreCountedApart() throws Exception {
    try (var server = TestServer.startLoggingTls()) {
      var streams = new ArrayList<InputStream>();
      for (int i = 1; i <= 3; i++) {
        var request = server.request("/sub?topic=t" + i).build();
        streams.add(
            server.client().send(request, HttpResponse.BodyHandlers.ofInputStream()).body());
        server.broker.publish("t" + i, "x".repeat(i));
      }
      for (int i = 1; i <= 3; i++) {
        streams.get(i - 1).readNBytes(i + 1);
        streams.get(i - 1).close();

        assertThat(next(server.accessLog))
            .endsWith("\"GET /sub?topic=t" + i + " HTTP/2.0\" 200 " + (i + 1));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "topic=a&token=s3cret&x=1, topic=a&token=***&x=1",
    "access_token=s3cret, access_token=***",
    "%74oken=s3cret&a=%zz, %74oken=***&a=%zz",
    "token=s3cret&token=s3cret, token=***&token=***",
    "token, token",
    "tokens=1&mytoken=2, tokens=1&mytoken=2",
    "%zz=1&token=s3cret, %zz=1&token=***",
    "topic=a, topic=a"
  })
  void tokensOfAUrlAreMasked(String query, String logged) throws Exception {
    try (var server = TestServer.startLogging(true);
        var client = server.connect()) {
      client.request("GET /nowhere?" + query + " HTTP/1.1").readHead();

      assertThat(JSON.readTree(next(server.accessLog)).get("target").asText())
          .isEqualTo("/nowhere?" + logged);
    }
  }

  @Test
  void upgradeIsALine() throws Exception {
    try (var server = TestServer.startLogging(false);
        var socket = server.webSocket("/sub?topic=foo")) {
      assertThat(next(server.accessLog)).contains("\"GET /sub?topic=foo HTTP/1.1\" 101 ");
      assertThat(socket.socket().isClosed()).isFalse();
    }
  }

  @Test
  void nobodyCanForgeALine() throws Exception {
    try (var server = TestServer.startLogging(false);
        var client = server.connect()) {
      client.request("GET /x?\"%0A\u001b[2J HTTP/1.1").readHead();

      String line = next(server.accessLog);

      assertThat(line).doesNotContain("\u001b");
      assertThat(line.chars().filter(c -> c == '"')).hasSize(2);
    }
  }

  @Test
  void jsonLineIsAnObject() throws Exception {
    try (var server = TestServer.startLogging(true)) {
      server.get("/health/live?a=%22", "User-Agent", "me \\ \u00fc?");

      var line = new ObjectMapper().readTree(next(server.accessLog));

      assertThat(line.get("method").asText()).isEqualTo("GET");
      assertThat(line.get("target").asText()).isEqualTo("/health/live?a=%22");
      assertThat(line.get("status").asInt()).isEqualTo(200);
      assertThat(line.get("bytes").asLong()).isEqualTo(5);
      assertThat(line.get("remote").asText()).isEqualTo("127.0.0.1");
    }
  }

  private static String next(BlockingQueue<String> lines) throws InterruptedException {
    return java.util.Objects.requireNonNull(lines.poll(10, SECONDS), "no line came");
  }
}
