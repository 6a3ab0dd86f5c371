package io.emque.engine;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a broker counts; each is exact once the work it counts has returned. */
final class Counters {
  final LongAdder published = new LongAdder();
  final LongAdder publishedBytes = new LongAdder();
  final LongAdder duplicates = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder delivered = new LongAdder();
  final LongAdder deliveredBytes = new LongAdder();
  final LongAdder slowEpisodes = new LongAdder();
  final LongAdder evicted = new LongAdder();
  final AtomicInteger subscribers = new AtomicInteger();
  final Histogram latency =
      new Histogram(
          List.of(
              ofNanos(100_000),
              ofNanos(250_000),
              ofNanos(500_000),
              ofMillis(1),
              ofNanos(2_500_000),
              ofMillis(5),
              ofMillis(10),
              ofMillis(25),
              ofMillis(50),
              ofMillis(100),
              ofMillis(250),
              ofSeconds(1),
              ofSeconds(10),
              ofSeconds(60)));

  private final Map<GapReason, LongAdder> gaps = perReason();
  private final Map<GapReason, LongAdder> missed = perReason();

  private static Map<GapReason, LongAdder> perReason() {
    var all = new EnumMap<GapReason, LongAdder>(GapReason.class);
    for (GapReason reason : GapReason.values()) {
      all.put(reason, new LongAdder());
    }
    return all;
  }

  /**
   * A reader is told that it does not get messages.
   *
   * @param messages how many; 0 when that is not known
   */
  void gap(GapReason reason, long messages) {
    adder(gaps, reason).increment();
    adder(missed, reason).add(messages);
  }

  private static LongAdder adder(Map<GapReason, LongAdder> all, GapReason reason) {
    LongAdder adder = all.get(reason);
    if (adder == null) {
      throw new IllegalStateException("every reason has an adder");
    }
    return adder;
  }

  Map<GapReason, BrokerStats.Missed> missed() {
    var all = new EnumMap<GapReason, BrokerStats.Missed>(GapReason.class);
    gaps.forEach(
        (reason, told) ->
            all.put(reason, new BrokerStats.Missed(told.sum(), adder(missed, reason).sum())));
    return all;
  }
}
