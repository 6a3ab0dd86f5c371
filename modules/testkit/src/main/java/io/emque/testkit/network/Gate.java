package io.emque.testkit.network;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Lets threads pass, or holds them up. Any thread. */
final class Gate {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean shut; // under the lock

  Gate(boolean shut) {
    this.shut = shut;
  }

  void close() {
    lock.lock();
    try {
      shut = true;
    } finally {
      lock.unlock();
    }
  }

  void open() {
    lock.lock();
    try {
      shut = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void pass() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (shut) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }
}
