package io.emque.engine;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of the disk. */
final class StoreCounters {
  final LongAdder appends = new LongAdder();
  final LongAdder errors = new LongAdder();
  final LongAdder fullRefusals = new LongAdder();
  final Histogram forces =
      new Histogram(
          List.of(
              ofNanos(100_000),
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
              ofSeconds(10)));
}
