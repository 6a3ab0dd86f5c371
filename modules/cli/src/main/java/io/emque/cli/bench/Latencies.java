package io.emque.cli.bench;

import java.util.concurrent.locks.ReentrantLock;
import org.HdrHistogram.Histogram;

/**
 * Microseconds, of many threads. Each thread counts in one of a few histograms, under its lock,
 * which is taken for a batch and not for a message.
 */
final class Latencies {
  private static final int STRIPES = 16;
  private static final int DIGITS = 3;

  /** The longest that is told from longer ones: what a {@link Stamp} can say. */
  static final long MOST = Integer.MAX_VALUE;

  private final Stripe[] stripes = new Stripe[STRIPES];

  Latencies() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  /** The one to use by whoever has this number. */
  Stripe stripe(int number) {
    return stripes[number % STRIPES];
  }

  /** All that was counted so far. Any thread. */
  Histogram sum() {
    Histogram sum = histogram();
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        if (stripe.histogram != null) {
          sum.add(stripe.histogram);
        }
      } finally {
        stripe.lock.unlock();
      }
    }
    return sum;
  }

  private static Histogram histogram() {
    var histogram = new Histogram(MOST, DIGITS);
    histogram.setAutoResize(false);
    return histogram;
  }

  /** A histogram and its lock. */
  static final class Stripe {
    final ReentrantLock lock = new ReentrantLock();
    private @org.jspecify.annotations.Nullable Histogram histogram; // under the lock

    /** Under the lock. */
    void record(long micros, long times) {
      Histogram counts = histogram;
      if (counts == null) {
        counts = histogram();
        histogram = counts;
      }
      counts.recordValueWithCount(Math.clamp(micros, 0, MOST), times);
    }

    /** Under the lock. */
    void record(long micros) {
      Histogram counts = histogram;
      if (counts == null) {
        record(micros, 1);
      } else {
        counts.recordValue(Math.clamp(micros, 0, MOST));
      }
    }
  }
}
