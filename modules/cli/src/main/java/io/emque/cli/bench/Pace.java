package io.emque.cli.bench;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * When a publisher's messages are due. At a rate, each has its time from the start, however late
 * the ones before it went: that is what keeps coordinated omission out. Without one, a message is
 * due when its turn comes. One thread.
 */
final class Pace {
  private static final double MICROS = 1e6;

  private final BenchOptions options;
  private final int publisher;
  private final long begin;
  private final long measureFrom;
  private final long end;
  private final long givenUp; // when what was due is not sent any more
  private final long share; // of the count; negative for no limit
  private long taken;
  private long counted; // of those, due when it is measured

  /**
   * @param begin in microseconds
   * @param patience how long after the end it sends what was due before
   */
  Pace(BenchOptions options, int publisher, long begin, Duration patience) {
    this.options = options;
    this.publisher = publisher;
    this.begin = begin;
    this.measureFrom = begin + TimeUnit.MICROSECONDS.convert(options.warmup());
    this.end =
        options.duration().isZero()
            ? Long.MAX_VALUE
            : measureFrom + TimeUnit.MICROSECONDS.convert(options.duration());
    this.givenUp = end == Long.MAX_VALUE ? end : end + TimeUnit.MICROSECONDS.convert(patience);
    long each = options.count() / options.publishers();
    long rest = options.count() % options.publishers();
    this.share = options.count() == 0 ? -1 : each + (publisher < rest ? 1 : 0);
  }

  long measureFrom() {
    return measureFrom;
  }

  /** Whether there is no further message. */
  boolean over(long now) {
    return (share >= 0 && counted >= share)
        || (options.openLoop() ? due() >= end || now >= givenUp : now >= end);
  }

  /** Messages that were due and not taken, of a run that ended by its time. */
  long unsent() {
    long more = end == Long.MAX_VALUE || !options.openLoop() ? 0 : end - due();
    double interval = options.publishers() * MICROS / options.rate();
    return more <= 0 || (share >= 0 && counted >= share) ? 0 : (long) Math.ceil(more / interval);
  }

  /** Whether the next message is due by now. */
  boolean isDue(long now) {
    return !options.openLoop() || due() <= now;
  }

  /** When the next message is due; it is taken. */
  long take(long now) {
    long due = options.openLoop() ? due() : now;
    taken++;
    if (due >= measureFrom) {
      counted++;
    }
    return due;
  }

  /** Messages of all publishers are due at even intervals, by turns. */
  private long due() {
    double turn = (double) taken * options.publishers() + publisher;
    return begin + (long) (turn * MICROS / options.rate());
  }

  /**
   * Sleeps until the next message is due.
   *
   * @param mostMicros no longer than that
   */
  void await(long now, long mostMicros) {
    long micros = Math.clamp(due() - now, 1, mostMicros);
    LockSupport.parkNanos(this, TimeUnit.MICROSECONDS.toNanos(micros));
  }

  /** Messages taken that were due when it was measured. */
  long counted() {
    return counted;
  }
}
