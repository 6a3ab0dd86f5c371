package io.emque.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.emque.engine.EngineOptions;
import io.emque.engine.Histogram;
import io.emque.transport.http.metrics.Exposition;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is counted of a port, and how it is written. */
@Timeout(30)
@ExtendWith(QuietLog.class)
class MetricsTest {
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        TestServer.start(
            EngineOptions.DEFAULT.maxMessageBytes(100), TestServer.heartbeat(TestServer.NEVER));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private double metric(String series) throws Exception {
    return server
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  private double requests(String route, int status) throws Exception {
    return metric("emque_http_requests_total{route=\"" + route + "\",status=\"" + status + "\"}");
  }

  private double refusals(String code) throws Exception {
    return metric("emque_refusals_total{code=\"" + code + "\"}");
  }

  @Test
  void requestsAreCountedByRouteAndStatus() throws Exception {
    server.post("/pub?topic=foo", "x");
    server.post("/pub?topic=foo", "x".repeat(101));
    server.get("/topics/foo");
    server.get("/topics/bar");
    for (int i = 0; i < 20; i++) {
      server.get("/nothing" + i);
    }

    assertThat(requests("/pub", 200)).isEqualTo(1);
    assertThat(requests("/pub", 413)).isEqualTo(1);
    assertThat(requests("/topics", 200)).isEqualTo(1);
    assertThat(requests("/topics", 404)).isEqualTo(1);
    assertThat(requests("other", 404)).isEqualTo(20);
    assertThat(refusals("MESSAGE_TOO_LARGE")).isEqualTo(1);
    assertThat(refusals("TOPIC_UNKNOWN")).isEqualTo(1);
    assertThat(refusals("NOT_FOUND")).isEqualTo(20);
    assertThat(refusals("INTERNAL")).isZero();
  }

  @Test
  void whatIsNoRequestIsCounted() throws Exception {
    try (var client = server.connect()) {
      client.send("nonsense\r\n\r\n");
      assertThat(client.readHead().status()).isEqualTo(400);
    }

    assertThat(requests("other", 400)).isEqualTo(1);
    assertThat(refusals("QUERY_INVALID")).isEqualTo(1);
  }

  @Test
  void upgradesRefusedAndTakenAreCounted() throws Exception {
    try (var taken = server.webSocket("/sub?topic=foo");
        var refused = server.connect()) {
      assertThatThrownBy(() -> refused.upgrade("/sub?topic=")).isInstanceOf(IOException.class);

      assertThat(metric("emque_websockets_opened_total")).isEqualTo(1);
      assertThat(metric("emque_subscribers{protocol=\"ws\"}")).isEqualTo(1);
      assertThat(refusals("TOPIC_REQUIRED")).isEqualTo(1);
      assertThat(taken.socket().isClosed()).isFalse();
    }
  }

  @Test
  void publisherWhoseMessageIsTooLargeIsCounted() throws Exception {
    try (var publisher = server.webSocket("/pub?topic=foo")) {
      publisher.frame(2, "x".repeat(101));
      assertThat(publisher.readFrame().closeCode()).isEqualTo(1009);
    }

    assertThat(refusals("MESSAGE_TOO_LARGE")).isEqualTo(1);
  }

  @Test
  void connectionsAreCountedWhileTheyLast() throws Exception {
    double before = metric("emque_connections{protocol=\"http1\"}"); // that of the client who asks
    var client = server.connect();
    client.request("GET /health/live HTTP/1.1");
    assertThat(client.readHead().status()).isEqualTo(200);

    assertThat(metric("emque_connections{protocol=\"http1\"}")).isEqualTo(before + 1);
    assertThat(metric("emque_connections_opened_total")).isGreaterThanOrEqualTo(2);
    client.close();

    await()
        .untilAsserted(
            () -> assertThat(metric("emque_connections{protocol=\"http1\"}")).isEqualTo(before));
  }

  @Test
  void latencyOfADeliveryIsShown() throws Exception {
    try (var ws = server.webSocket("/sub?topic=foo")) {
      server.post("/pub?topic=foo", "x");
      assertThat(ws.readFrame().text()).isEqualTo("x");

      await().untilAsserted(() -> assertThat(metric("emque_delivery_seconds_count")).isEqualTo(1));
      assertThat(metric("emque_delivery_seconds_bucket{le=\"+Inf\"}")).isEqualTo(1);
      assertThat(metric("emque_delivery_seconds_bucket{le=\"60\"}")).isEqualTo(1);
      assertThat(metric("emque_delivery_seconds_sum")).isBetween(0.0, 60.0);
    }
  }

  // ---- the text

  @Test
  void bucketsAddUpAndLabelsAreEscaped() {
    var histogram = new Histogram(List.of(Duration.ofMillis(1), Duration.ofSeconds(2)));
    histogram.record(1_000_000);
    histogram.record(1_500_000_000);
    histogram.record(3_000_000_000L);
    var out = new Exposition();

    out.histogram("a_seconds", "One\nline.", histogram.snapshot());
    out.gauges("b", "B.", samples -> samples.add(0.5, "x", "a\\b\"c\nd", "y", ""));
    out.counter("c_total", "C.", Long.MAX_VALUE);

    assertThat(out.toString())
        .isEqualTo(
            """
            # HELP a_seconds One\\nline.
            # TYPE a_seconds histogram
            a_seconds_bucket{le="0.001"} 1
            a_seconds_bucket{le="2"} 2
            a_seconds_bucket{le="+Inf"} 3
            a_seconds_sum 4.501
            a_seconds_count 3
            # HELP b B.
            # TYPE b gauge
            b{x="a\\\\b\\"c\\nd",y=""} 0.5
            # HELP c_total C.
            # TYPE c_total counter
            c_total 9223372036854775807
            """);
  }

  @Test
  void nameMayNotComeTwiceAndTellsItsKind() {
    var out = new Exposition();
    out.gauge("a", "A.", 1);

    assertThatThrownBy(() -> out.gauge("a", "A.", 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> out.counter("b", "B.", 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
