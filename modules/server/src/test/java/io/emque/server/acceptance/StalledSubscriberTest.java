package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.engine.EngineOptions;
import io.emque.engine.MessageBatch;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A subscriber that stops reading costs nobody else anything, and is told exactly what it missed.
 */
@Timeout(120)
class StalledSubscriberTest {
  private static final int SMALL_RECEIVE_BUFFER = 8 * 1024;
  private static final Pattern OFFSET = Pattern.compile("\"offset\":(\\d+)");
  private static final Pattern GAP =
      Pattern.compile(
          "\"gap\":\\{.*\"expected\":\"[^:]+:(\\d+)\",\"next\":\"[^:]+:(\\d+)\",\"missed\":(\\d+)");

  @Test
  void onReadingAgainItGetsTheRestAndGapsThatCountExactly() throws Exception {
    int messages = 300_000;
    var engine = EngineOptions.DEFAULT.retainBytes(1 << 20);
    try (var server = TestServer.plain(engine);
        var stalled = Peer.connect(server.port(), SMALL_RECEIVE_BUFFER)) {
      stalled.sendHead("GET /sub?topic=foo&format=json HTTP/1.1", new String[0]);
      assertThat(stalled.readHead().status()).isEqualTo(200);

      publish(server, messages, 100);

      long expected = 0;
      long received = 0;
      long missed = 0;
      var lines = new BufferedReader(new InputStreamReader(stalled.chunked(), UTF_8));
      while (expected < messages) {
        String line = lines.readLine();
        var gap = GAP.matcher(line);
        if (gap.find()) {
          assertThat(Long.parseLong(gap.group(1))).isEqualTo(expected);
          missed += Long.parseLong(gap.group(3));
          expected = Long.parseLong(gap.group(2));
        } else {
          var offset = OFFSET.matcher(line);
          assertThat(offset.find()).isTrue();
          assertThat(Long.parseLong(offset.group(1))).isEqualTo(expected);
          expected++;
          received++;
        }
      }
      assertThat(missed).isPositive();
      assertThat(received + missed).isEqualTo(messages);
      assertThat(server.broker().stats().missed()).isEqualTo(missed);
    }
  }

  @Test
  void fastOnesBesideItMissNothing() throws Exception {
    int messages = 50_000;
    try (var server = TestServer.plain(EngineOptions.DEFAULT.retainBytes(8 << 20));
        var fast = Peer.webSocket(server.port(), "/sub?topic=foo")) {
      List<Peer> stalled = stall(server, 20);
      var reading =
          java.util.concurrent.CompletableFuture.supplyAsync(
              () -> {
                try {
                  for (int i = 0; i < messages; i++) {
                    assertThat(fast.readMessage().payload()).hasSize(100);
                  }
                  return messages;
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });

      publish(server, messages, 100);

      assertThat(reading.get(60, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo(messages);
      close(stalled);
    }
  }

  @Test
  void withDisconnectItIsClosed() throws Exception {
    try (var server = TestServer.plain(EngineOptions.DEFAULT.retainBytes(64 * 1024));
        var stalled = Peer.connect(server.port(), SMALL_RECEIVE_BUFFER)) {
      stalled.upgrade("/sub?topic=foo&slow=disconnect");

      publish(server, 200_000, 100);

      await().untilAsserted(() -> assertThat(server.broker().stats().subscribers()).isZero());
      assertThat(server.broker().stats().evicted()).isEqualTo(1);
      assertThat(endOf(stalled)).isTrue();
    }
  }

  /** The stream ends, by a close frame or by a reset. */
  private static boolean endOf(Peer peer) {
    try {
      for (int i = 0; i < 1_000_000; i++) {
        if (peer.readFrame().opcode() == 8) {
          return true;
        }
      }
      return false;
    } catch (EOFException | java.net.SocketException e) {
      return true;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest(name = "{0} bytes")
  @CsvSource({"100, 600000", "1048576, 300"})
  void aThousandOfThemStayWithinTheMemory(int payload, int messages) throws Exception {
    long limit = 48L << 20;
    try (var server = TestServer.plain(EngineOptions.DEFAULT.memoryBytes(limit))) {
      List<Peer> stalled = stall(server, 1_000);
      long before = usedHeap();

      publish(server, messages, payload);

      assertThat(server.broker().stats().memoryBytes()).isLessThanOrEqualTo(limit + payload);
      long grown = usedHeap() - before;
      System.getLogger("stalled")
          .log(
              System.Logger.Level.INFO,
              "heap grown by " + grown / 1024 + " KiB, " + server.broker().stats());
      // A subscriber stalled in a write holds what it encodes, at most 16 KiB and its bookkeeping.
      assertThat(grown).isLessThan(limit + 24L * 1024 * 1_000);
      close(stalled);
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(server.broker().stats().subscribers()).isZero());
      assertThat(server.broker().stats().pinnedBytes()).isZero();
    }
  }

  /** Half of them WebSockets, half of them SSE. */
  private static List<Peer> stall(TestServer server, int count) throws IOException {
    var stalled = new ArrayList<Peer>();
    for (int i = 0; i < count; i++) {
      Peer peer = Peer.connect(server.port(), SMALL_RECEIVE_BUFFER);
      if (i % 2 == 0) {
        peer.upgrade("/sub?topic=foo");
      } else {
        peer.sendHead("GET /sub?topic=foo HTTP/1.1", new String[0], "Accept: text/event-stream");
        assertThat(peer.readHead().status()).isEqualTo(200);
      }
      stalled.add(peer);
    }
    return stalled;
  }

  private static void close(List<Peer> peers) throws IOException {
    for (Peer peer : peers) {
      peer.abort();
    }
  }

  private static void publish(TestServer server, int messages, int bytes) {
    byte[] payload = "x".repeat(bytes).getBytes(US_ASCII);
    var appender = server.broker().appender("foo");
    var batch = new MessageBatch();
    int perBatch = Math.max(1, 8_000 / bytes);
    for (int i = 0; i < messages; i += perBatch) {
      for (int k = 0; k < perBatch && i + k < messages; k++) {
        batch.add(payload, 0, bytes);
      }
      appender.append(batch);
      batch.clear();
      Thread.yield();
    }
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      runtime.gc();
      used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
    }
    return used;
  }
}
