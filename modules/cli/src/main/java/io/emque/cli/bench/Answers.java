package io.emque.cli.bench;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Messages of a lane that the server has yet to answer, in the order they were sent, by groups that
 * were due together. Where nobody listens to the lane's topics, the time to the answer is what is
 * measured.
 *
 * <p><b>Threads:</b> any.
 */
final class Answers {
  /** Groups that are told apart; beyond, messages count as due with the last group. */
  private static final int MOST_GROUPS = 1 << 16;

  private final Latencies.Stripe stripe;
  private final boolean timed;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition answered = lock.newCondition();

  // Under the lock: a ring of groups, whose size is a power of two.
  private long[] due = new long[16];
  private long[] messages = new long[16];
  private int first;
  private int groups;

  private long unanswered;
  private long measured;
  private long lastMicros;
  private volatile long measureFrom = Long.MAX_VALUE;

  /**
   * @param timed whether answers are what is measured
   */
  Answers(Latencies.Stripe stripe, boolean timed) {
    this.stripe = stripe;
    this.timed = timed;
  }

  /** Messages due from then on are timed. */
  void measureFrom(long micros) {
    measureFrom = micros;
  }

  /** One more message is sent. */
  void sent(long dueMicros) {
    lock.lock();
    try {
      unanswered++;
      int last = first + groups - 1 & due.length - 1;
      if (groups > 0 && (due[last] == dueMicros || groups == MOST_GROUPS)) {
        messages[last]++;
        return;
      }
      if (groups == due.length) {
        grow();
      }
      int at = first + groups & due.length - 1;
      due[at] = dueMicros;
      messages[at] = 1;
      groups++;
    } finally {
      lock.unlock();
    }
  }

  private void grow() {
    var moreDue = new long[due.length * 2];
    var moreMessages = new long[due.length * 2];
    for (int i = 0; i < groups; i++) {
      int at = first + i & due.length - 1;
      moreDue[i] = due[at];
      moreMessages[i] = messages[at];
    }
    due = moreDue;
    messages = moreMessages;
    first = 0;
  }

  /** The oldest {@code count} messages are answered. */
  void answered(long count, long nowMicros) {
    lock.lock();
    try {
      long left = Math.min(count, unanswered);
      unanswered -= left;
      lastMicros = nowMicros;
      while (left > 0) {
        long n = Math.min(left, messages[first]);
        time(nowMicros - due[first], n, due[first]);
        messages[first] -= n;
        left -= n;
        if (messages[first] == 0) {
          first = first + 1 & due.length - 1;
          groups--;
        }
      }
      answered.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void time(long micros, long times, long dueMicros) {
    if (!timed || dueMicros < measureFrom) {
      return;
    }
    measured += times;
    stripe.lock.lock();
    try {
      stripe.record(micros, times);
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Waits until at most so many are unanswered, but no longer than that. */
  void await(long most, long nanos) {
    long left = nanos;
    lock.lock();
    try {
      while (unanswered > most && left > 0) {
        left = answered.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  long unanswered() {
    lock.lock();
    try {
      return unanswered;
    } finally {
      lock.unlock();
    }
  }

  /** Messages that were timed. */
  long measured() {
    lock.lock();
    try {
      return measured;
    } finally {
      lock.unlock();
    }
  }

  /** When the last answer came; 0 for never. */
  long lastMicros() {
    lock.lock();
    try {
      return lastMicros;
    } finally {
      lock.unlock();
    }
  }
}
