package io.emque.transport.http;

import io.emque.transport.http.access.Caller;
import io.emque.transport.http.limits.Rates;
import io.emque.transport.http.limits.Who;
import java.util.function.BooleanSupplier;

/**
 * Lets a publisher's stream of messages wait where it is faster than it may be. A refusal in its
 * midst would cost the order of its messages; waiting does not, and the publisher finds its
 * connection slow. One thread.
 */
final class Pace {
  private final Rates rates;
  private final Who who;

  Pace(ConnectionWatch watch, Caller caller) {
    this(watch.limits().rates(), caller.counted(watch.who()));
  }

  Pace(Rates rates, Who who) {
    this.rates = rates;
    this.who = who;
  }

  /**
   * Returns when the messages may be published.
   *
   * @param beforeWaiting what must not wait with them
   * @param wanted whether they may still be published
   * @return false when they are of no use any more
   */
  boolean pass(long messages, long bytes, Runnable beforeWaiting, BooleanSupplier wanted) {
    if (rates.passes(who, messages, bytes)) {
      return true;
    }
    beforeWaiting.run();
    try {
      return rates.await(who, messages, bytes, wanted);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the connection ends
      return false;
    }
  }
}
