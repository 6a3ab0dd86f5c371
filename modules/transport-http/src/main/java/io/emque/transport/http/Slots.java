package io.emque.transport.http;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When the subscribers of a broker that stops are to come back: each has a slot of its own, and
 * together they are spread evenly. Not for use by more than one thread.
 */
final class Slots {
  /** Asked for in one second at most: with few subscribers nobody waits for long. */
  private static final int PER_SECOND = 100;

  /** Multiples of the golden ratio, modulo 1, fill the interval evenly at every number of them. */
  private static final double STEP = (Math.sqrt(5) - 1) / 2;

  private final long spreadMillis;
  private double at = ThreadLocalRandom.current().nextDouble();

  /**
   * @param longest over how long they are spread at most
   */
  Slots(int subscribers, Duration longest) {
    long enough = subscribers * (Duration.ofSeconds(1).toMillis() / PER_SECOND);
    this.spreadMillis = Math.min(longest.toMillis(), enough);
  }

  /** The next one's, from now. */
  long nextMillis() {
    at = (at + STEP) % 1;
    return (long) (at * spreadMillis);
  }
}
