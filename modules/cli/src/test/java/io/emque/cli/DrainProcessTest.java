package io.emque.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.cli.ServeProcessTest.Broker;
import io.emque.client.ConnectionEvent;
import io.emque.client.Emque;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A broker, in a process of its own, is started again under many subscribers. */
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DrainProcessTest {
  /** {@code -Dclients=9000 -Ddrain=10} for the large form. */
  private static final int CLIENTS = Integer.getInteger("clients", 1_000);

  private static final int DRAIN_SECONDS = Integer.getInteger("drain", 3);
  private static final Pattern SLOT = Pattern.compile("comes back in (\\d+) ms");
  private static final int BARS = 10;

  private final ConcurrentLinkedQueue<Long> slots = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Long> lost = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Long> back = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicBoolean enough = new AtomicBoolean();

  @Test
  void everySubscriberComesBackInItsTimeAndMissesNothing() throws Exception {
    String drain = "--drain=" + DRAIN_SECONDS + "s";
    try (var first = Broker.start("--address=127.0.0.1:0", "--tls=off", "--access_log=off", drain);
        var client =
            Emque.builder()
                .servers("http://127.0.0.1:" + first.port())
                .timeout(Duration.ofSeconds(60)) // the machine may be busy
                .listener(this::hear)
                .connect()) {
      List<Received> received = Received.subscribe(client, CLIENTS, true);
      var publishing =
          CompletableFuture.runAsync(() -> Received.publishUntil(enough, client, accepted));
      Received.awaitAll(received, 20);
      stopping.set(true);
      long began = System.nanoTime();

      first.signal("TERM");

      assertThat(first.exitCode(Duration.ofSeconds(DRAIN_SECONDS + 60))).isZero();
      int before = accepted.get();
      String address = "--address=127.0.0.1:" + first.port();
      try (var second = Broker.start(address, "--tls=off", "--access_log=off")) {
        Received.awaitAll(received, before + 20);
        enough.set(true);
        publishing.get(60, TimeUnit.SECONDS);
        Received.awaitAll(received, accepted.get());

        assertThat(second.startLine()).contains("listening");
        assertThat(received).extracting(Received::fault).containsOnlyNulls();
        assertThat(slots).hasSize(CLIENTS);
        assertThat(back).hasSize(CLIENTS);
        assertThat(histogram(slots, 0))
            .allSatisfy(n -> assertThat(n).isBetween(CLIENTS / BARS * 8 / 10, CLIENTS / 8));
        nobodyCameTooEarly();
        report(began);
      }
    }
  }

  private void hear(ConnectionEvent event) {
    if (!stopping.get()) {
      return;
    }
    var slot = SLOT.matcher(event.reason());
    if (slot.find()) {
      slots.add(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(slot.group(1))));
      lost.add(System.nanoTime());
    } else if (event.state() == ConnectionEvent.State.CONNECTED
        && event.reason().startsWith("subscribed")) {
      back.add(System.nanoTime());
    }
  }

  /** The n-th that came back did so no earlier than the n-th that was asked to. */
  private void nobodyCameTooEarly() {
    long told = lost.stream().mapToLong(Long::longValue).min().orElseThrow();
    var asked = slots.stream().sorted().toList();
    var came = back.stream().sorted().toList();
    for (int i = 0; i < CLIENTS; i++) {
      assertThat(came.get(i) - told).isGreaterThanOrEqualTo(asked.get(i));
    }
  }

  private static List<Integer> histogram(Collection<Long> nanos, long from) {
    var bars = new int[BARS];
    for (long each : nanos) {
      long bar = (each - from) * BARS / TimeUnit.SECONDS.toNanos(DRAIN_SECONDS);
      bars[(int) Math.min(BARS - 1, bar)]++;
    }
    return Arrays.stream(bars).boxed().toList();
  }

  private void report(long began) {
    long told = lost.stream().mapToLong(Long::longValue).min().orElseThrow();
    long last = back.stream().mapToLong(Long::longValue).max().orElseThrow();
    System.out.printf(
        "%d clients, drain %d s: told after %d ms, all back after %d ms, %d messages each, none lost%n"
            + "  asked to come back, per tenth of it:  %s%n"
            + "  came back, the last bar and later:    %s%n",
        CLIENTS,
        DRAIN_SECONDS,
        Duration.ofNanos(told - began).toMillis(),
        Duration.ofNanos(last - began).toMillis(),
        accepted.get(),
        histogram(slots, 0),
        histogram(back, told));
  }
}
