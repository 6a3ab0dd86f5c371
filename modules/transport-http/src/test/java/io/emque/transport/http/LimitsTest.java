package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.transport.http.limits.Heads;
import io.emque.transport.http.limits.Limits;
import io.emque.transport.http.limits.Rate;
import io.emque.transport.http.limits.Timeouts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each limit is hit, says so, is counted, and is no matter any more when its cause has gone. */
@Timeout(120)
@ExtendWith(QuietLog.class)
class LimitsTest {
  private static final Duration NEVER = TestServer.NEVER;
  private static final Duration SOON = Duration.ofMillis(500);
  private static final int KIB = 1024;

  private final List<RawClient> clients = new ArrayList<>();
  private TestServer server;

  @AfterEach
  void stop() throws IOException {
    for (RawClient client : clients) {
      client.close();
    }
    server.close();
  }

  private void start(Limits limits) {
    server = TestServer.start(limits, false);
  }

  private RawClient connect() throws IOException {
    RawClient client = server.connect();
    client.socket().setSoTimeout(60_000);
    clients.add(client);
    return client;
  }

  private static Limits timeouts(Duration request, Duration idle, Duration write) {
    return Limits.DEFAULT.timeouts(new Timeouts(NEVER, request, idle, write));
  }

  private long hits(String limit) throws Exception {
    return metric("emque_limits_hit_total{limit=\"" + limit + "\"}");
  }

  private long metric(String series) {
    var out = new io.emque.transport.http.metrics.Exposition();
    server.transport.limits().write(out);
    return out.toString()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToLong(line -> Long.parseLong(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  private static void assertRefused(HttpResponse<?> answer, int status, String code) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Emque-Error")).hasValue(code);
    assertThat(answer.headers().firstValue("Retry-After").map(Integer::parseInt).orElse(0))
        .isPositive();
  }

  // ---- connections

  @ParameterizedTest
  @ValueSource(strings = {"max_connections", "max_connections_per_address"})
  void oneConnectionTooManyIsToldSo(String limit) throws Exception {
    start(Limits.DEFAULT.connections(limit.endsWith("address") ? 0 : 2, 2));
    RawClient first = connect();
    RawClient second = connect();
    assertThat(first.request("GET /health/ready HTTP/1.1").readHead().status()).isEqualTo(200);
    assertThat(second.request("GET /health/ready HTTP/1.1").readHead().status()).isEqualTo(200);

    RawClient third = connect().request("GET /health/ready HTTP/1.1");
    RawClient.Head refusal = third.readHead();

    assertThat(refusal.status()).isEqualTo(503);
    assertThat(refusal.header("Emque-Error")).isEqualTo("OVERLOADED");
    assertThat(refusal.header("Retry-After")).isEqualTo("1");
    assertThat(third.readBody(refusal)).contains("--" + limit);
    assertThat(third.isEnded()).isTrue();
    assertThat(hits(limit)).isEqualTo(1);
    first.close();
    await().until(() -> server.transport.limits().connections().open() < 2);
    assertThat(connect().request("GET /health/ready HTTP/1.1").readHead().status()).isEqualTo(200);
  }

  @Test
  void oneConnectionTooManyIsToldSoOverHttp2() throws Exception {
    server = TestServer.start(Limits.DEFAULT.connections(1, 0), true);
    clients.add(server.connectTls("h2"));
    await().until(() -> server.transport.limits().connections().open() == 1);

    RawClient second = server.connectTls("h2");
    clients.add(second);
    second.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));

    assertThat(untilEnd(second)).contains("OVERLOADED: there are 1 connections");
  }

  private static String untilEnd(RawClient client) {
    var bytes = new ByteArrayOutputStream();
    try {
      while (true) {
        bytes.write(client.read());
      }
    } catch (IOException end) {
      return bytes.toString(ISO_8859_1);
    }
  }

  @Test
  void connectionsThatComeInCrowdsAreShutOutWithoutAWordAndForgotten() throws Exception {
    start(Limits.DEFAULT.connections(1, 0));
    RawClient only = connect();
    only.request("GET /health/ready HTTP/1.1").readHead();

    for (int i = 0; i < 100; i++) {
      connect();
    }

    await().until(() -> hits("max_connections") == 100);
    for (RawClient client : clients.subList(1, clients.size())) {
      client.reset();
    }
    await().until(() -> server.transport.limits().connections().open() == 1);
    only.close();
    await().until(() -> server.transport.limits().connections().open() == 0);
  }

  // ---- subscriptions

  @Test
  void oneSubscriptionTooManyIsRefusedUntilOneHasGone() throws Exception {
    server = TestServer.start(Limits.DEFAULT.subscriptions(2), true);
    var request = server.request("/sub?topic=foo").build();
    HttpResponse<InputStream> first = server.client().send(request, BodyHandlers.ofInputStream());
    server.client().send(request, BodyHandlers.ofInputStream());

    var refused = server.client().send(request, BodyHandlers.ofString());

    assertRefused(refused, 503, "TOO_MANY_SUBSCRIPTIONS");
    assertThat(refused.body()).contains("--max_subscriptions");
    assertThat(hits("max_subscriptions")).isEqualTo(1);
    first.body().close();
    await().until(() -> server.broker.stats().subscribers() == 1);
    await()
        .until(
            () -> server.client().send(request, BodyHandlers.ofInputStream()).statusCode() == 200);
  }

  // ---- rates

  @Test
  void requestsThatComeTooFastAreRefusedWithATimeToComeBack() throws Exception {
    start(Limits.DEFAULT.rates(new Rate(1, 0), Rate.NONE));
    assertThat(server.post("/pub?topic=foo", "x").statusCode()).isEqualTo(200);

    HttpResponse<String> refused = server.post("/pub?topic=foo", "x");
    while (refused.statusCode() == 200) { // a slow machine's second has passed
      refused = server.post("/pub?topic=foo", "x");
    }

    assertRefused(refused, 429, "RATE_LIMITED");
    assertThat(hits("publish_rate")).isPositive();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> server.post("/pub?topic=foo", "x").statusCode() == 200);
  }

  @Test
  void bytesAreLimitedAndAMessageLargerThanASecondsWorthPasses() throws Exception {
    start(Limits.DEFAULT.rates(new Rate(0, KIB), Rate.NONE));

    assertThat(server.post("/pub?topic=foo", "x".repeat(60 * KIB)).statusCode()).isEqualTo(200);

    HttpResponse<String> refused = server.post("/pub?topic=foo", "x");
    assertRefused(refused, 429, "RATE_LIMITED");
    assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(20L, 60L);
  }

  @Test
  void aWebSocketThatPublishesTooFastWaitsAndLosesNothing() throws Exception {
    start(Limits.DEFAULT.rates(new Rate(100, 0), Rate.NONE));
    RawClient subscriber = connect().upgrade("/sub?topic=foo");
    RawClient publisher = connect().upgrade("/pub?topic=foo");

    for (int i = 0; i < 250; i++) {
      publisher.frame(2, "m" + i);
    }

    for (int i = 0; i < 250; i++) {
      assertThat(subscriber.readFrame().text()).isEqualTo("m" + i);
    }
    assertThat(hits("publish_rate")).isPositive();
  }

  @Test
  void linesThatComeTooFastWait() throws Exception {
    start(Limits.DEFAULT.rates(new Rate(100, 0), Rate.NONE));
    RawClient publisher = connect();
    publisher.request("POST /pub?topic=foo&batch=lines HTTP/1.1", "Transfer-Encoding: chunked");

    for (int i = 1; i <= 3; i++) {
      int lines = 80 * i;
      publisher.send("a0\r\n" + "a\n".repeat(80) + "\r\n");
      await().until(() -> server.broker.topic("foo").map(t -> t.nextOffset()).orElse(0L) == lines);
    }
    publisher.send("0\r\n\r\n");

    assertThat(publisher.readHead().header("Emque-Count")).isEqualTo("240");
    assertThat(hits("publish_rate")).isPositive();
    assertRefused(server.post("/pub?topic=foo&batch=lines", "x"), 429, "RATE_LIMITED");
  }

  // ---- memory

  @Test
  void bodiesThatStopComingMakeRoomForOthers() throws Exception {
    start(Limits.DEFAULT.inFlightBytes(KIB * KIB));
    for (int i = 0; i < 40; i++) {
      connect().request("POST /pub?topic=slow HTTP/1.1", "Content-Length: 60000");
      clients.getLast().send(new byte[40 * KIB]);
    }
    await().until(() -> metric("emque_inflight_bytes") > 900 * KIB);

    var answers = new ArrayList<Integer>();
    for (int i = 0; i < 8; i++) {
      answers.add(server.post("/pub?topic=foo", "x".repeat(60_000)).statusCode());
    }

    assertThat(answers).containsOnly(200);
    assertThat(metric("emque_inflight_bytes")).isLessThanOrEqualTo(KIB * KIB);
    assertThat(hits("inflight_bytes")).isPositive();
    assertThat(server.broker.topic("slow")).isEmpty();
    for (RawClient client : clients) {
      client.close();
    }
    await().untilAsserted(() -> assertThat(metric("emque_inflight_bytes")).isZero());
  }

  @Test
  void framesThatStopComingMakeRoomForOthersAndAreToldSo() throws Exception {
    start(Limits.DEFAULT.inFlightBytes(KIB * KIB));
    byte[] begun = RawClient.maskedFrame(2, new byte[50 * KIB]); // no FIN
    for (int i = 0; i < 20; i++) {
      connect().upgrade("/pub?topic=slow").send(begun);
    }
    await().until(() -> metric("emque_inflight_bytes") > 900 * KIB);

    for (int i = 0; i < 8; i++) {
      assertThat(server.post("/pub?topic=foo", "x".repeat(60_000)).statusCode()).isEqualTo(200);
    }

    await().until(() -> hits("inflight_bytes") > 0);
    var codes = new ArrayList<Integer>();
    for (RawClient client : clients) {
      client.socket().setSoTimeout(200);
      try {
        RawClient.Frame close = client.readFrame();
        codes.add(close.closeCode());
        assertThat(close.closeReason()).startsWith("OVERLOADED: ");
      } catch (IOException stillThere) {
        continue;
      }
    }
    assertThat(codes).isNotEmpty().containsOnly(1013);
    for (RawClient client : clients) {
      client.close();
    }
    await().untilAsserted(() -> assertThat(metric("emque_inflight_bytes")).isZero());
  }

  @Test
  void aFrameTakesMemoryAsItComes() throws Exception {
    start(Limits.DEFAULT);
    byte[] large = RawClient.maskedFrame(0x82, new byte[60 * KIB]);
    RawClient publisher = connect().upgrade("/pub?topic=foo");
    RawClient subscriber = connect().upgrade("/sub?topic=foo");

    publisher.send(java.util.Arrays.copyOf(large, 20));
    publisher.frame(9, ""); // part of the payload
    assertThat(metric("emque_inflight_bytes")).isZero();
    publisher.send(java.util.Arrays.copyOfRange(large, 26, large.length));

    assertThat(subscriber.readFrame().payload()).hasSize(60 * KIB);
  }

  // ---- time

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        "POST /pub?topic=x HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n",
        "POST /pub?topic=x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nea60\r\n"
      })
  void oneWhoSendsAByteNowAndThenIsEnded(String begin) throws Exception {
    start(timeouts(SOON, NEVER, NEVER));
    RawClient stream = connect();
    stream.request("GET /sub?topic=quiet HTTP/1.1").readHead();
    RawClient slow = connect().send(begin);

    await()
        .pollInterval(Duration.ofMillis(50))
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              try {
                slow.send(begin.isEmpty() ? "" : "a");
                return hits("request_timeout") > 0;
              } catch (IOException ended) {
                return true;
              }
            });
    untilEnd(slow);

    assertThat(hits("request_timeout")).isEqualTo(1);
    assertThat(server.broker.topic("x")).isEmpty();
    server.broker.publish("quiet", "still here");
    assertThat(stream.readChunked(11)).isEqualTo("still here\n");
  }

  @Test
  void linesMayTakeAllDay() throws Exception {
    start(timeouts(SOON, NEVER, NEVER));
    RawClient lines = connect();
    lines.request("POST /pub?topic=x&batch=lines HTTP/1.1", "Transfer-Encoding: chunked");
    RawClient slow = connect().send("GET /"); // ends after what the lines have outlived

    untilEnd(slow);
    lines.send("2\r\na\n\r\n0\r\n\r\n");

    assertThat(lines.readHead().status()).isEqualTo(200);
  }

  @Test
  void oneWhoDoesNotReadItsAnswersIsEnded() throws Exception {
    start(timeouts(NEVER, NEVER, SOON));
    for (int i = 0; i < 1_000; i++) {
      server.broker.publish("t".repeat(1_000) + i, "x");
    }
    RawClient deaf = RawClient.connect(server.port(), 4 * KIB);
    clients.add(deaf);

    for (int i = 0; i < 20; i++) {
      deaf.request("GET /topics?limit=1000 HTTP/1.1");
    }

    await().atMost(Duration.ofSeconds(60)).until(() -> hits("write_timeout") == 1);
    await().until(() -> server.transport.limits().connections().open() == 0);
    assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void oneWhoDoesNotReadItsAnswersOverHttp2IsEnded() throws Exception {
    server = TestServer.start(timeouts(NEVER, NEVER, SOON), true);
    for (int i = 0; i < 100; i++) {
      server.broker.publish("t".repeat(1_000) + i, "x");
    }
    RawClient deaf = server.connectTls("h2");
    clients.add(deaf);

    deaf.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    deaf.send(new byte[] {0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0}); // no window for anything
    deaf.send(topicsOverHttp2());

    await().atMost(Duration.ofSeconds(60)).until(() -> hits("write_timeout") == 1);
    deaf.close();
    await().untilAsserted(() -> assertThat(VirtualThreads.named("emque-")).hasSizeLessThan(3));
  }

  /** GET /topics with every name and value spelled out (RFC 7541, section 6.2.2). */
  private static byte[] topicsOverHttp2() {
    var block = new ByteArrayOutputStream();
    String[] fields = {
      ":method", "GET", ":scheme", "https", ":path", "/topics", ":authority", "localhost"
    };
    for (int i = 0; i < fields.length; i += 2) {
      block.write(0);
      block.write(fields[i].length());
      block.writeBytes(fields[i].getBytes(US_ASCII));
      block.write(fields[i + 1].length());
      block.writeBytes(fields[i + 1].getBytes(US_ASCII));
    }
    var frame = new ByteArrayOutputStream();
    frame.writeBytes(new byte[] {0, 0, (byte) block.size(), 1, 5, 0, 0, 0, 1});
    frame.writeBytes(block.toByteArray());
    return frame.toByteArray();
  }

  @Test
  void limitsChangeWhileThePortIsOpen() throws Exception {
    start(Limits.DEFAULT.connections(1, 0));
    RawClient silent = connect();
    await().until(() -> server.transport.limits().connections().open() == 1);
    assertThat(connect().request("GET /health/live HTTP/1.1").readHead().status()).isEqualTo(503);

    server.transport.limits().set(timeouts(NEVER, SOON, NEVER));

    assertThat(silent.isEnded()).isTrue();
    assertThat(hits("idle_timeout")).isEqualTo(1);
    assertThat(connect().request("GET /health/live HTTP/1.1").readHead().status()).isEqualTo(200);
  }

  // ---- sizes

  @Test
  void headsThatAreTooLargeAreRefusedByName() throws Exception {
    start(Limits.DEFAULT.heads(new Heads(256, KIB, 10)));

    RawClient line = connect().send("GET /" + "x".repeat(500) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    RawClient.Head tooLong = line.readHead();
    RawClient headers = connect().request("GET / HTTP/1.1", "X-Large: " + "x".repeat(2 * KIB));
    RawClient.Head tooLarge = headers.readHead();

    assertThat(tooLong.status()).isEqualTo(414);
    assertThat(tooLong.header("Emque-Error")).isEqualTo("QUERY_INVALID");
    assertThat(line.readBody(tooLong)).contains("--max_line_bytes");
    assertThat(tooLarge.status()).isEqualTo(400);
    assertThat(tooLarge.header("Emque-Error")).isEqualTo("QUERY_INVALID");
  }
}
