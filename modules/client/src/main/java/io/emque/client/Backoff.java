package io.emque.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: twice as long each time, up to a limit, and of that a
 * random part, so that many clients do not come back at once. One thread.
 */
final class Backoff {
  private final long firstNanos;
  private final long maxNanos;
  private final RandomGenerator random;
  private int failures;

  Backoff(Duration first, Duration max, RandomGenerator random) {
    this.firstNanos = first.toNanos();
    this.maxNanos = max.toNanos();
    this.random = random;
  }

  /** Counts a failure; returns the wait, from half of what is due to all of it. */
  long nextNanos() {
    long due = Math.min(maxNanos, firstNanos << Math.min(failures, 20));
    failures++;
    return due / 2 + random.nextLong(due / 2 + 1);
  }

  /** An attempt went well. */
  void reset() {
    failures = 0;
  }
}
