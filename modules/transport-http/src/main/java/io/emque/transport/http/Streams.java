package io.emque.transport.http;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the subscribers' streams, so that a server that stops can wait until all have said
 * goodbye.
 */
final class Streams {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition none = lock.newCondition();
  private int open;

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
