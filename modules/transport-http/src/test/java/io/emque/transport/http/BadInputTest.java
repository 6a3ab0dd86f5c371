package io.emque.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.engine.EngineOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is no request, or half of one: answered in the contract's form, and nothing stays behind.
 */
@Timeout(60)
@ExtendWith(QuietLog.class)
class BadInputTest {
  private TestServer server;

  @BeforeEach
  void start() {
    server = TestServer.start();
  }

  /** Whatever happened, the server is well. */
  @AfterEach
  void stop() throws Exception {
    assertThat(server.post("/pub?topic=well", "x").statusCode()).isEqualTo(200);
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage\r\n\r\n",
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: x\r\n\r\n",
        "GET / FTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n",
        "POST /pub?topic=x HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        "POST /pub?topic=x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "\u0001\u0002\u0003\u0004\r\n\r\n",
      })
  void whatIsNoRequestIsAnsweredInWords(String request) throws Exception {
    try (var client = server.connect()) {
      client.send(request);

      var head = client.readHead();

      assertThat(head.status()).isBetween(400, 505);
      assertThat(head.header("Emque-Error")).matches("[A-Z_]+");
      assertThat(head.header("Content-Type")).startsWith("text/plain");
      assertThat(client.readBody(head)).hasLineCount(1).endsWith("\n");
      assertThat(client.isEnded()).isTrue();
    }
  }

  @Test
  void brokenChunkIsRefused() throws Exception {
    try (var client = server.connect()) {
      client.request("POST /pub?topic=x HTTP/1.1", "Transfer-Encoding: chunked").send("zz\r\nabc");

      assertThat(client.readHead().status()).isEqualTo(400);
      assertThat(server.broker.topic("x")).isEmpty();
    }
  }

  @Test
  void endlessHeadIsRefused() throws Exception {
    try (var line = server.connect();
        var headers = server.connect()) {
      sendAsFarAsItGoes(line, "GET /" + "x".repeat(100_000) + " HTTP/1.1\r\n\r\n");
      sendAsFarAsItGoes(
          headers,
          "GET / HTTP/1.1\r\nHost: x\r\n" + ("X-Y: " + "z".repeat(1000) + "\r\n").repeat(200));

      assertThat(line.readHead().status()).isBetween(400, 431);
      assertThat(headers.readHead().status()).isBetween(400, 431);
    }
  }

  private static void sendAsFarAsItGoes(RawClient client, String text) {
    try {
      client.send(text);
    } catch (IOException refused) {
      // The answer is looked at next.
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "P",
        "PRI * HTTP/2.0\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET / HTTP/1.1",
        "GET / HTTP/1.1\r\nHost: x\r\nX",
        "POST /pub?topic=x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",
        "POST /pub?topic=x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9",
      })
  void clientThatGoesInTheMiddleIsNoNews(String half) throws Exception {
    try (var finished = server.connect();
        var reset = server.connect()) {
      finished.send(half).socket().shutdownOutput();
      reset.send(half).reset();

      assertThat(endOf(finished)).isTrue();
      assertThat(server.broker.topic("x")).isEmpty();
    }
  }

  @Test
  void noiseIsNoHarm() throws Exception {
    var random = new Random(17);
    for (int i = 0; i < 200; i++) {
      try (var client = server.connect()) {
        var noise = new byte[random.nextInt(1, 2000)];
        random.nextBytes(noise);
        client.send(noise);
      }
    }
    assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void halfABodyPublishesNothing() throws Exception {
    try (var announced = server.connect();
        var chunked = server.connect();
        var line = server.connect()) {
      announced.request("POST /pub?topic=half HTTP/1.1", "Content-Length: 10").send("12345");
      chunked
          .request("POST /pub?topic=half HTTP/1.1", "Transfer-Encoding: chunked")
          .send("5\r\n12345\r\n");
      line.request("POST /pub?batch=lines&topic=lines HTTP/1.1", "Content-Length: 100")
          .send("one\ntw");

      await().until(() -> server.broker.topic("lines").isPresent());
    }
    await()
        .during(Duration.ofMillis(200))
        .atMost(Duration.ofSeconds(30))
        .until(() -> server.broker.topic("half").isEmpty());
    assertThat(server.broker.topic("lines").orElseThrow().nextOffset()).isEqualTo(1);
  }

  @Test
  void clientThatFallsSilentIsDropped() throws Exception {
    try (var impatient = TestServer.startImpatient();
        var nothing = impatient.connect();
        var line = impatient.connect();
        var head = impatient.connect();
        var body = impatient.connect();
        var stream = impatient.connect();
        var socket = impatient.webSocket("/sub?topic=quiet")) {
      line.send("GET /heal");
      head.send("GET /health/live HTTP/1.1\r\nHost: x\r\n");
      body.request("POST /pub?topic=x HTTP/1.1", "Content-Length: 5").send("12");
      stream.request("GET /sub?topic=quiet HTTP/1.1").readHead();

      assertThat(nothing.isEnded()).isTrue();
      assertThat(endOf(line)).isTrue();
      assertThat(endOf(head)).isTrue();
      assertThat(endOf(body)).isTrue();

      impatient.broker.publish("quiet", "still here");
      assertThat(stream.readChunked(11)).isEqualTo("still here\n");
      assertThat(socket.readFrame().text()).isEqualTo("still here");
      assertThat(impatient.broker.topic("x")).isEmpty();
    }
  }

  /** An answer may come first; then the end must. */
  private static boolean endOf(RawClient client) throws IOException {
    try {
      while (true) {
        client.read();
      }
    } catch (java.io.EOFException | java.net.SocketException end) {
      return true;
    }
  }

  @Test
  void silentHttp2ClientIsDroppedAndAQuietStreamIsNot() throws Exception {
    try (var impatient = TestServer.startImpatientTls()) {
      var idle = impatient.connectTls("h2");
      var request = impatient.request("/sub?topic=quiet").build();
      var stream =
          impatient.client().send(request, java.net.http.HttpResponse.BodyHandlers.ofInputStream());

      assertThat(endOf(idle)).isTrue();
      impatient.broker.publish("quiet", "still here");
      assertThat(new String(stream.body().readNBytes(11), java.nio.charset.StandardCharsets.UTF_8))
          .isEqualTo("still here\n");
      idle.close();
    }
  }

  /** Abrupt ends of 600 streams on a silent topic leave no subscriber, topic, socket or thread. */
  @Test
  void abruptEndsLeaveNothingBehind() throws Exception {
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < 200; i++) {
      clients.add(server.webSocket("/sub?topic=silent"));
      var sse = server.connect();
      sse.request("GET /sub?topic=silent&format=sse HTTP/1.1").readHead();
      clients.add(sse);
      var lines = server.connect();
      lines.request("GET /sub?topic=silent HTTP/1.1").readHead();
      clients.add(lines);
    }
    assertThat(server.broker.stats().subscribers()).isEqualTo(600);

    for (var client : clients) {
      client.reset();
    }

    await().atMost(Duration.ofSeconds(30)).until(() -> server.broker.stats().subscribers() == 0);
    await().atMost(Duration.ofSeconds(30)).until(() -> server.broker.stats().topics() == 0);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(VirtualThreads.named("emque-"))
                    .allMatch(thread -> thread.contains("sweeper") || thread.contains("alarms")));
  }

  @Test
  void noRoomIs503WithRetryAfter() throws Exception {
    try (var full =
        TestServer.start(
            EngineOptions.DEFAULT.maxTopics(1), TestServer.heartbeat(TestServer.NEVER))) {
      full.broker.publish("one", "x");

      var answer = full.post("/pub?topic=two", "x");

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.headers().firstValue("Emque-Error")).hasValue("TOO_MANY_TOPICS");
      assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }
  }
}
