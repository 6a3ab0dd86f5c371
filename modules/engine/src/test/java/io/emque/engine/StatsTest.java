package io.emque.engine;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Cursor;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a broker counts. */
@Timeout(30)
class StatsTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private MemoryBroker broker = new MemoryBroker(EngineOptions.DEFAULT.retainCount(10));

  @AfterEach
  void close() {
    broker.close();
  }

  private void publish(int count) {
    for (int i = 0; i < count; i++) {
      broker.publish("foo", "12345");
    }
  }

  private static SubscribeOptions from(StartPosition position) {
    return SubscribeOptions.DEFAULT.from(position);
  }

  @Test
  void bytesAreThoseOfTheLog() throws Exception {
    try (var reader = broker.open("foo", SubscribeOptions.DEFAULT, "ws")) {
      publish(3);
      var batch = new MessageBatch();
      batch.add(new byte[200], 0, 200);
      broker.appender("foo").append(batch);
      while (reader.next().offset() < 4) {
        reader.read(SECOND);
      }
      reader.read(0);
    }

    var stats = broker.stats();
    assertThat(stats.published()).isEqualTo(4);
    assertThat(stats.publishedBytes()).isEqualTo(3 * (2 + 5) + (4 + 200));
    assertThat(stats.delivered()).isEqualTo(4);
    assertThat(stats.deliveredBytes()).isEqualTo(stats.publishedBytes());
  }

  @Test
  void readersAreCountedByProtocolWithTheirLag() throws Exception {
    try (var slow = broker.open("foo", SubscribeOptions.DEFAULT, "ws");
        var fast = broker.open("foo", SubscribeOptions.DEFAULT, "sse");
        var other = broker.open("bar", SubscribeOptions.DEFAULT, "ws")) {
      publish(7);
      fast.read(SECOND);

      var readers = broker.stats().readers();

      assertThat(readers.count()).isEqualTo(3);
      assertThat(readers.byProtocol())
          .containsOnly(java.util.Map.entry("ws", 2), java.util.Map.entry("sse", 1));
      assertThat(readers.lag()).isEqualTo(7);
      assertThat(readers.maxLag()).isEqualTo(7);
      assertThat(List.of(slow.topic(), other.topic())).containsExactly("foo", "bar");
    }
    assertThat(broker.stats().readers().count()).isZero();
  }

  @Test
  void everyReasonForMissingMessagesIsCounted() throws Exception {
    publish(25);
    try (var expired = broker.open("foo", from(new StartPosition.Offset(5)), "ws");
        var foreign = broker.open("foo", from(new StartPosition.At(new Cursor("other", 3))), "ws");
        var skips = broker.open("foo", SubscribeOptions.DEFAULT, "ws");
        var ends = broker.open("foo", SubscribeOptions.DEFAULT.slow(SlowPolicy.DISCONNECT), "ws")) {
      publish(14);
      assertThat(expired.read(SECOND)).isEqualTo(Event.GAP);
      assertThat(foreign.read(SECOND)).isEqualTo(Event.GAP);
      assertThat(skips.read(SECOND)).isEqualTo(Event.GAP);
      assertThat(ends.read(SECOND)).isEqualTo(Event.ENDED);
    }

    var stats = broker.stats();
    assertThat(stats.gaps().get(GapReason.RETENTION)).isEqualTo(new BrokerStats.Missed(1, 10));
    assertThat(stats.gaps().get(GapReason.EPOCH)).isEqualTo(new BrokerStats.Missed(1, 0));
    assertThat(stats.gaps().get(GapReason.SKIPPED)).isEqualTo(new BrokerStats.Missed(1, 4));
    assertThat(stats.gaps().get(GapReason.DISCONNECTED).gaps()).isEqualTo(1);
    assertThat(stats.gaps().get(GapReason.DAMAGED)).isEqualTo(new BrokerStats.Missed(0, 0));
    assertThat(stats.slowEpisodes()).isEqualTo(1);
    assertThat(stats.evicted()).isEqualTo(1);
  }

  @Test
  void latencyOfWhatIsPublishedDuringTheSubscriptionIsMeasured() throws Exception {
    broker.close();
    var now =
        new java.util.concurrent.atomic.AtomicReference<>(
            java.time.Instant.EPOCH.plusSeconds(1_000));
    broker = new MemoryBroker(EngineOptions.DEFAULT, now::get);
    publish(1);
    now.updateAndGet(time -> time.plusSeconds(100));
    try (var reader = broker.open("foo", from(StartPosition.EARLIEST), "ws")) {
      assertThat(reader.read(SECOND)).isEqualTo(Event.MESSAGES); // was there before
      assertThat(reader.read(0)).isEqualTo(Event.IDLE);
      assertThat(broker.stats().latency().count()).isZero();
      publish(1);
      now.updateAndGet(time -> time.plusMillis(3));
      assertThat(reader.read(SECOND)).isEqualTo(Event.MESSAGES);
      now.updateAndGet(time -> time.plusMillis(1));
      assertThat(reader.read(0)).isEqualTo(Event.IDLE); // it was written
    }

    var latency = broker.stats().latency();
    assertThat(latency.count()).isEqualTo(1);
    assertThat(latency.sumNanos()).isEqualTo(ofMillis(4).toNanos());
    int bucket = java.util.Arrays.binarySearch(latency.boundNanos(), ofMillis(5).toNanos());
    assertThat(latency.counts()[bucket]).isEqualTo(1);
  }

  @Test
  void readerThatNeverRestsIsMeasuredNowAndThen() throws Exception {
    broker.close();
    broker = new MemoryBroker(EngineOptions.DEFAULT, InstantSource.system());
    try (var reader = broker.open("foo", SubscribeOptions.DEFAULT, "ws")) {
      for (int i = 0; i < 160; i++) {
        publish(1);
        assertThat(reader.read(SECOND)).isEqualTo(Event.MESSAGES);
      }
    }

    assertThat(broker.stats().latency().count()).isBetween(9L, 10L);
  }

  @Test
  void storeIsCountedToo() throws Exception {
    broker.close();
    var store = new HeapStore();
    broker =
        new MemoryBroker(
            EngineOptions.DEFAULT, InstantSource.system(), Persistence.of(store, SyncMode.ALWAYS));
    publish(3);
    store.full = true;
    assertThat(
            org.assertj.core.api.Assertions.catchThrowableOfType(
                    io.emque.api.BrokerException.class, () -> publish(1))
                .code())
        .isEqualTo(io.emque.api.ErrorCode.STORE_FULL);

    var stats = java.util.Objects.requireNonNull(broker.stats().store());

    assertThat(stats.topics()).isEqualTo(1);
    assertThat(stats.appends()).isEqualTo(4);
    assertThat(stats.forces().count()).isEqualTo(3);
    assertThat(stats.fullRefusals()).isEqualTo(1);
    assertThat(stats.errors()).isZero();
    assertThat(stats.freeBytes()).isZero();
    assertThat(stats.bytes()).isEqualTo(-1);
  }

  @Test
  void durationsFallIntoTheirBuckets() {
    var histogram = new Histogram(List.of(ofMillis(1), ofMillis(10)));
    for (long nanos : new long[] {-5, 0, 1_000_000, 1_000_001, 10_000_000, 10_000_001}) {
      histogram.record(nanos);
    }

    var snapshot = histogram.snapshot();

    assertThat(snapshot.counts()).containsExactly(3, 2, 1);
    assertThat(snapshot.count()).isEqualTo(6);
    assertThat(snapshot.sumNanos()).isEqualTo(22_000_002);
  }
}
