package io.emque.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts durations by fixed buckets.
 *
 * <p><b>Threads:</b> any. A count is exact once the recording has returned; a snapshot taken
 * meanwhile may have a duration's count without its share of the sum.
 */
public final class Histogram {
  private final long[] bounds; // nanos, ascending
  private final LongAdder[] counts; // one more: what is over the last bound
  private final LongAdder sum = new LongAdder();

  /**
   * @param bounds upper ends of the buckets, inclusive, ascending
   */
  public Histogram(List<Duration> bounds) {
    this.bounds = bounds.stream().mapToLong(Duration::toNanos).toArray();
    this.counts = new LongAdder[this.bounds.length + 1];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  /** Counts a duration; one below zero, as between clocks that differ, counts as zero. */
  public void record(long nanos) {
    long value = Math.max(0, nanos);
    int bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]) {
      bucket++;
    }
    counts[bucket].increment();
    sum.add(value);
  }

  /** What was counted until now. */
  public Snapshot snapshot() {
    var each = new long[counts.length];
    for (int i = 0; i < each.length; i++) {
      each[i] = counts[i].sum();
    }
    return new Snapshot(bounds.clone(), each, sum.sum());
  }

  /**
   * What was counted.
   *
   * @param boundNanos upper ends of the buckets, ascending
   * @param counts how many durations each bucket holds, not those of smaller ones; one more than
   *     bounds: what is over the last one
   * @param sumNanos of all durations
   */
  @SuppressWarnings("ArrayRecordComponent") // made for one reader, never compared
  public record Snapshot(long[] boundNanos, long[] counts, long sumNanos) {
    /** How many durations. */
    public long count() {
      long all = 0;
      for (long each : counts) {
        all += each;
      }
      return all;
    }
  }
}
