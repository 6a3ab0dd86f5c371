package io.emque.server.acceptance;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.engine.EngineOptions;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.limits.Limits;
import io.emque.transport.http.limits.Timeouts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** One who means well beside many who do not, who are a process of their own. */
final class AbuseRun implements AutoCloseable {
  static final int PAYLOAD = 256;

  private final int slow;
  private final int deaf;
  private final int silent;
  private final TestServer server;

  /**
   * @param patience how long the server waits for a head
   */
  AbuseRun(int slow, int deaf, int silent, Duration patience) throws Exception {
    this.slow = slow;
    this.deaf = deaf;
    this.silent = silent;
    Timeouts usual = Timeouts.DEFAULT;
    var timeouts =
        new Timeouts(usual.handshake(), patience, patience.plusSeconds(2), usual.write());
    this.server =
        TestServer.start(
            ServerOptions.DEFAULT
                .tls(TlsOptions.OFF)
                .engine(EngineOptions.DEFAULT.retainBytes(8 << 20))
                .http(HttpOptions.DEFAULT.limits(Limits.DEFAULT.timeouts(timeouts))));
  }

  TestServer server() {
    return server;
  }

  /**
   * Publishes at a steady pace to a subscriber that sees every message, in order.
   *
   * @return nanoseconds that each was late, sorted
   */
  long[] wellMeant(int messages, int perSecond) throws Exception {
    try (var subscriber = Peer.webSocket(server.port(), "/sub?topic=foo");
        var publisher = Peer.webSocket(server.port(), "/pub?topic=foo")) {
      var nanos = new long[messages];
      var reading = CompletableFuture.runAsync(() -> read(subscriber, nanos));
      long start = System.nanoTime();
      var payload = ByteBuffer.allocate(PAYLOAD);
      for (int i = 0; i < messages; i++) {
        long due = start + i * (1_000_000_000L / perSecond);
        LockSupport.parkNanos(due - System.nanoTime());
        publisher.sendBinary(payload.putLong(0, due).putInt(8, i).array());
      }
      reading.get(120, SECONDS);
      Arrays.sort(nanos);
      return nanos;
    }
  }

  private static void read(Peer subscriber, long[] nanos) {
    try {
      for (int i = 0; i < nanos.length; i++) {
        var payload = ByteBuffer.wrap(subscriber.readMessage().payload());
        assertThat(payload.getInt(8)).isEqualTo(i);
        nanos[i] = System.nanoTime() - payload.getLong(0);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Begins; returns when all who mean harm are there. */
  Process abuse() throws IOException {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("abuse.classes", Path.of("target", "test-classes").toString()),
                Abuse.class.getName(),
                Integer.toString(server.port()),
                Integer.toString(slow),
                Integer.toString(deaf),
                Integer.toString(silent),
                "1")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    assertThat(out.readLine()).isEqualTo(Abuse.READY + " " + (slow + deaf + silent));
    return process;
  }

  /** Those who only keep connections busy are thrown out; subscribers may stay. */
  void awaitSlowOnesGone() {
    await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(() -> assertThat(open()).isLessThanOrEqualTo(deaf + 20));
  }

  /** When the other process has ended, nothing of it is left. */
  void awaitBackToNormal() {
    await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(
            () -> {
              assertThat(open()).isLessThanOrEqualTo(2);
              assertThat(server.broker().stats().subscribers()).isZero();
              assertThat(server.broker().stats().memory().pinnedBytes()).isZero();
            });
  }

  int open() {
    return server.server().limits().connections().open();
  }

  @Override
  public void close() {
    server.close();
  }
}
