package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CanaryTest {
  private static final Duration SHORT = Duration.ofMillis(100);
  private static final Duration LONG = Duration.ofSeconds(20);

  private volatile CountDownLatch wedge = new CountDownLatch(0);

  /** A log's clock: while it hangs, so does every append, with its topic's lock held. */
  private Instant hangingClock() {
    boolean interrupted = false;
    while (true) {
      try {
        wedge.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return Instant.now();
  }

  @Test
  void messageComesThroughAndLeavesNothingBehind() throws Exception {
    try (var broker = new MemoryBroker(EngineOptions.DEFAULT.retainCount(3))) {
      for (int i = 0; i < 100; i++) {
        assertThat(broker.comesThrough(LONG)).isTrue();
      }

      var stats = broker.stats();
      assertThat(stats.published()).isZero();
      assertThat(stats.delivered()).isZero();
      assertThat(stats.subscribers()).isZero();
      assertThat(stats.topics()).isZero();
      assertThat(stats.latency().count()).isZero();
      assertThat(broker.topics(null, 10)).isEmpty();
      await().untilAsserted(() -> assertThat(broker.stats().memoryBytes()).isZero());
    }
  }

  @Test
  void nothingComesThroughAWedgedLogUntilItGoesOn() throws Exception {
    try (var broker = new MemoryBroker(EngineOptions.DEFAULT, this::hangingClock)) {
      assertThat(broker.comesThrough(LONG)).isTrue();
      wedge = new CountDownLatch(1);
      for (int i = 0; i < 3; i++) {
        assertThat(broker.comesThrough(SHORT)).isFalse();
      }

      wedge.countDown();

      assertThat(broker.comesThrough(LONG)).isTrue();
    }
  }

  @Test
  void brokerWhoseDiskHangsIsDeadUntilItGoesOn() throws Exception {
    var store = new HeapStore();
    var persistence = Persistence.of(store, SyncMode.ALWAYS);
    try (var broker =
        new MemoryBroker(EngineOptions.DEFAULT, InstantSource.system(), persistence)) {
      for (boolean append : new boolean[] {true, false}) {
        assertThat(broker.comesThrough(LONG)).isTrue();
        var hang = new CountDownLatch(1);
        if (append) {
          store.appending = hang;
        } else {
          store.forcing = hang;
        }
        var published = CompletableFuture.runAsync(() -> broker.publish("foo", "x"));

        await().until(() -> !broker.comesThrough(SHORT));

        hang.countDown();
        published.get(20, TimeUnit.SECONDS);
        assertThat(broker.comesThrough(LONG)).isTrue();
      }
    }
  }

  @Test
  void brokerThatRefusesIsAlive() throws Exception {
    try (var broker = new MemoryBroker()) {
      broker.drain();

      assertThat(broker.comesThrough(LONG)).isTrue();
    }
  }

  @Test
  void persistedBrokerStoresNone() throws Exception {
    var store = new HeapStore();
    var persistence = Persistence.of(store, SyncMode.ALWAYS);
    try (var broker =
        new MemoryBroker(EngineOptions.DEFAULT, InstantSource.system(), persistence)) {
      assertThat(broker.comesThrough(LONG)).isTrue();
    }

    assertThat(store.names()).isEmpty();
  }
}
