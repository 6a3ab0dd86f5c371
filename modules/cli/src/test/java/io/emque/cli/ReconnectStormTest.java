package io.emque.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.cli.ServeProcessTest.Broker;
import io.emque.client.ConnectionEvent;
import io.emque.client.Emque;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The connections of very many subscribers are reset at once, under traffic, by a network that
 * tells nobody. All come back and miss nothing.
 */
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReconnectStormTest {
  private final ConcurrentLinkedQueue<Long> back = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean cut = new AtomicBoolean();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicBoolean enough = new AtomicBoolean();

  @Test
  void thousandSubscribersComeBackAndMissNothing() throws Exception {
    storm(1_000);
  }

  @Test
  @Tag("soak")
  void nineThousandSubscribersComeBackAndMissNothing() throws Exception {
    storm(9_000);
  }

  private void storm(int clients) throws Exception {
    try (var broker = Broker.start("--address=127.0.0.1:0", "--tls=off", "--access_log=off");
        var network = CuttingNetwork.before(broker.port());
        var client =
            Emque.builder()
                .servers("http://127.0.0.1:" + network.port())
                .timeout(Duration.ofSeconds(60)) // the machine may be busy
                .listener(this::hear)
                .connect()) {
      List<Received> received = Received.subscribe(client, clients, false);
      var publishing =
          CompletableFuture.runAsync(() -> Received.publishUntil(enough, client, accepted));
      Received.awaitAll(received, 20);
      int before = accepted.get();
      cut.set(true);
      long began = System.nanoTime();

      int connections = network.cut();

      await()
          .atMost(Duration.ofSeconds(120 + clients / 50))
          .pollInterval(Duration.ofMillis(10))
          .until(() -> back.size() >= clients);
      Received.awaitAll(received, accepted.get());
      long caughtUp = System.nanoTime();
      Received.awaitAll(received, accepted.get() + 20);
      enough.set(true);
      publishing.get(60, TimeUnit.SECONDS);
      Received.awaitAll(received, accepted.get());

      assertThat(connections).isGreaterThan(clients);
      assertThat(received).extracting(Received::fault).containsOnlyNulls();
      report(clients, began, caughtUp, before);
    }
  }

  private void hear(ConnectionEvent event) {
    if (cut.get()
        && event.state() == ConnectionEvent.State.CONNECTED
        && event.reason().startsWith("subscribed")) {
      back.add(System.nanoTime());
    }
  }

  private void report(int clients, long began, long caughtUp, int before) {
    var times = back.stream().sorted().toList();
    System.out.printf(
        "%d subscribers cut at once after %d messages: half of them back after %.1f s, all after"
            + " %.1f s, all had everything after %.1f s; %d messages each, none lost, none twice%n",
        clients,
        before,
        seconds(times.get(clients / 2) - began),
        seconds(times.get(clients - 1) - began),
        seconds(caughtUp - began),
        accepted.get());
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
