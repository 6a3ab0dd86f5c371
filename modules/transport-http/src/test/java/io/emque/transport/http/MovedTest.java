package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Cursor;
import io.emque.wire.v1.Delivery;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What each format says when the broker stops: where the subscriber stands, and when to return. */
@Timeout(60)
class MovedTest {
  private TestServer server;
  private String last;

  @BeforeEach
  void publishOne() throws Exception {
    server = TestServer.start();
    last = server.broker.publish("t", "x").cursor().toString();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void drain() {
    server.transport.drain(Duration.ofSeconds(10));
  }

  /** The milliseconds in a text; one subscriber is asked to come back within ten. */
  private void matches(String text, String pattern) {
    var matcher = Pattern.compile(pattern.replace("CURSOR", last)).matcher(text);
    assertThat(matcher.matches()).as(text).isTrue();
    for (int i = 1; i <= matcher.groupCount(); i++) {
      assertThat(matcher.group(i)).isEqualTo(matcher.group(1));
      assertThat(Integer.parseInt(matcher.group(i))).isLessThan(10);
    }
  }

  @Test
  void eventStream() throws Exception {
    try (var client = server.connect()) {
      client.request("GET /sub?topic=t HTTP/1.1", "Accept: text/event-stream").readHead();
      client.readChunk();

      drain();

      matches(
          new String(client.readChunk(), UTF_8),
          "event: moved\nid: CURSOR\nretry: (\\d+)\n"
              + "data: \\{\"topic\":\"t\",\"after\":\"CURSOR\",\"retryMillis\":(\\d+)}\n\n");
      assertThat(client.readChunk()).isEmpty();
    }
  }

  /** One that is answered with any other status gives up for good. */
  @Test
  void eventSourceThatComesWhileTheBrokerStopsIsToldToComeAgain() throws Exception {
    drain();
    try (var client = server.connect()) {
      var head =
          client.request("GET /sub?topic=t HTTP/1.1", "Accept: text/event-stream").readHead();

      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("Content-Type")).startsWith("text/event-stream");
      assertThat(client.readLine()).isEqualTo("event: moved");
      assertThat(client.readLine()).matches("retry: 1\\d{3}");
      assertThat(client.readLine()).matches("data: \\{\"topic\":\"t\",\"retryMillis\":1\\d{3}}");
      assertThat(client.readLine()).isEmpty();
      client
          .request("GET /sub?topic=t HTTP/1.1", "Accept: text/event-stream", "Last-Event-ID: e:7")
          .readHead();
      assertThat(client.readLine()).isEqualTo("event: moved");
      assertThat(client.readLine()).isEqualTo("id: e:7");
      assertThat(client.readLine()).startsWith("retry: ");
      assertThat(client.readLine()).contains("\"after\":\"e:7\"");
    }
  }

  @Test
  void jsonLines() throws Exception {
    try (var client = server.connect()) {
      client.request("GET /sub?topic=t&format=json HTTP/1.1").readHead();

      drain();

      matches(
          new String(client.readChunk(), UTF_8),
          "\\{\"moved\":\\{\"topic\":\"t\",\"after\":\"CURSOR\",\"retryMillis\":(\\d+)}}\n");
      assertThat(client.readChunk()).isEmpty();
    }
  }

  @Test
  void plainStreamHoldsNothingButPayloads() throws Exception {
    try (var client = server.connect()) {
      client.request("GET /sub?topic=t HTTP/1.1").readHead();

      drain();

      assertThat(client.readChunk()).isEmpty();
    }
  }

  @Test
  void webSocket() throws Exception {
    try (var client = server.webSocket("/sub?topic=t")) {
      drain();

      var close = client.readFrame();

      assertThat(close.closeCode()).isEqualTo(1012);
      matches(
          close.closeReason(),
          "\\{\"code\":\"DRAINING\",\"retryMillis\":(\\d+),\"after\":\"CURSOR\"}");
    }
  }

  @Test
  void subProtocol() throws Exception {
    try (var client = server.webSocket("/sub?topic=t", "Sec-WebSocket-Protocol: emque.v1")) {
      client.readFrame();

      drain();

      var moved = Delivery.parseFrom(client.readFrame().payload()).getMoved();
      assertThat(moved.getTopic()).isEqualTo("t");
      assertThat(moved.getCursor()).isEqualTo(last);
      assertThat(moved.getRetryAfterMillis()).isBetween(0L, 9L);
      assertThat(client.readFrame().closeCode()).isEqualTo(1012);
    }
  }

  @Test
  void reasonHasRoomForEveryCursorOfOneServerAndLeavesOthersOut() {
    long day = Duration.ofDays(1).toMillis();

    var longest = new Moved("t", new Cursor("e".repeat(32), Long.MAX_VALUE), day).closeReason();
    var merged = new Moved("t", new Cursor("~" + "e".repeat(200), 1), day).closeReason();

    assertThat(longest).hasSizeLessThanOrEqualTo(123).contains("\"after\":\"eee");
    assertThat(merged).isEqualTo("{\"code\":\"DRAINING\",\"retryMillis\":86400000}");
  }
}
