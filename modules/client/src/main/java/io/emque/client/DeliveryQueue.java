package io.emque.client;

import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.Message;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What came from one server and was not taken yet; bounded, so that whoever reads slowly is felt by
 * the server. One thread adds, one takes; any closes.
 */
final class DeliveryQueue {
  private static final int MAX = 4_096;
  private static final long MAX_BYTES = 4L * 1024 * 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private final Condition drained = lock.newCondition();

  // Under the lock.
  private final Queue<Delivery> deliveries = new ArrayDeque<>();
  private long bytes;
  private @Nullable BrokerException end;
  private boolean closed;

  /** Adds; waits while it is full. Does nothing once it is closed. */
  void add(Delivery delivery) {
    long size = size(delivery);
    lock.lock();
    try {
      while (!closed
          && !deliveries.isEmpty()
          && (deliveries.size() >= MAX || bytes + size > MAX_BYTES)) {
        drained.awaitUninterruptibly();
      }
      if (!closed) {
        deliveries.add(delivery);
        bytes += size;
        filled.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more will come, and why. */
  void end(BrokerException reason) {
    lock.lock();
    try {
      end = reason;
      filled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes the oldest.
   *
   * @param nanos how long to wait for one
   * @return null when the time passed, and once it is closed
   * @throws BrokerException the end, when there is nothing before it
   */
  @Nullable Delivery poll(long nanos) throws InterruptedException {
    long left = nanos;
    lock.lockInterruptibly();
    try {
      while (deliveries.isEmpty() || closed) {
        if (closed) {
          return null;
        }
        if (end != null) {
          throw end;
        }
        if (left <= 0) {
          return null;
        }
        left = filled.awaitNanos(left);
      }
      Delivery delivery = deliveries.remove();
      bytes -= size(delivery);
      if (deliveries.size() <= MAX / 2) {
        drained.signal();
      }
      return delivery;
    } finally {
      lock.unlock();
    }
  }

  /** Whether it was closed. */
  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Forgets everything; whoever waits comes back. */
  void close() {
    lock.lock();
    try {
      closed = true;
      deliveries.clear();
      filled.signalAll();
      drained.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static long size(Delivery delivery) {
    return delivery instanceof Message message ? message.payload().length : 0;
  }
}
