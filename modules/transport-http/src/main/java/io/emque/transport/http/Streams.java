package io.emque.transport.http;

import io.emque.engine.Reader;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the subscribers' streams, so that a server that stops can tell each when to come back, and
 * wait until all have said goodbye.
 */
final class Streams {
  private static final long LATER_MILLIS = 1_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition none = lock.newCondition();
  private int open;
  private Slots slots = new Slots(0, Duration.ZERO);

  void begin() {
    lock.lock();
    try {
      open++;
    } finally {
      lock.unlock();
    }
  }

  void end() {
    lock.lock();
    try {
      if (--open == 0) {
        none.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * From now on streams end.
   *
   * @param longest over how long their clients are asked to come back, at most
   */
  void drain(Duration longest) {
    lock.lock();
    try {
      slots = new Slots(open, longest);
    } finally {
      lock.unlock();
    }
  }

  /** What one that ends is told. */
  Moved moved(Reader reader) {
    lock.lock();
    try {
      return Moved.from(reader, slots.nextMillis());
    } finally {
      lock.unlock();
    }
  }

  /** When somebody who came while the server stops is to come again, from now. */
  long laterMillis() {
    lock.lock();
    try {
      return LATER_MILLIS + slots.nextMillis();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether no stream is open any more. */
  boolean awaitNone(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (open > 0 && left > 0) {
        left = none.awaitNanos(left);
      }
      return open == 0;
    } finally {
      lock.unlock();
    }
  }
}
