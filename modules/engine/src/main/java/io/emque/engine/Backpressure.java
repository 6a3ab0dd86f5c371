package io.emque.engine;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Makes a topic's publishers wait for readers with {@code block}: while one of them has yet to read
 * the record that the next append would push out. Nobody holds the topic's lock while waiting.
 */
final class Backpressure {
  private final String topic;
  private final MemoryBroker broker;
  private final EngineOptions options;
  private final TopicLog log;
  private final ReaderSet readers;
  private final ReentrantLock lock;
  private @Nullable Condition changed; // under the lock; made by the first to wait
  private volatile int waiting; // written under the lock; readers look before they take it

  /**
   * @param lock the topic's, under which the log and the readers are used
   */
  Backpressure(
      String topic, MemoryBroker broker, TopicLog log, ReaderSet readers, ReentrantLock lock) {
    this.topic = topic;
    this.broker = broker;
    this.options = broker.options();
    this.log = log;
    this.readers = readers;
    this.lock = lock;
  }

  /**
   * Returns when there is room for one more record. Called under the lock, which it may let go of
   * meanwhile: look again at whatever the lock protects.
   *
   * @throws BrokerException {@link ErrorCode#OVERLOADED} when it took too long, {@link
   *     ErrorCode#DRAINING}
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // the lock is held
  void awaitRoom() {
    if (broker.draining()) {
      throw Topic.drainingRefusal();
    }
    if (readers.allSkip() || !pushesOutNeeded()) {
      return;
    }
    if (changed == null) {
      changed = lock.newCondition();
    }
    Condition condition = changed;
    long left = options.blockTimeout().toNanos();
    waiting++;
    try {
      while (pushesOutNeeded()) {
        if (left <= 0) {
          throw tookTooLong();
        }
        left = condition.awaitNanos(left);
        if (broker.draining()) {
          throw Topic.drainingRefusal();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException(
          ErrorCode.OVERLOADED, "interrupted while waiting for room in topic \"" + topic + "\"");
    } finally {
      waiting--;
    }
  }

  private boolean pushesOutNeeded() {
    long needed = readers.neededOffset();
    if (options.retainCount() > 0 && needed <= log.nextOffset() - options.retainCount()) {
      return true;
    }
    boolean full =
        (options.retainBytes() > 0 && log.bytes() >= options.retainBytes())
            || !broker.memory().fits(0);
    return full && needed < log.headEnd();
  }

  private BrokerException tookTooLong() {
    broker.counters().refused.increment();
    return new BrokerException(
        ErrorCode.OVERLOADED,
        "topic \""
            + topic
            + "\" is full and a slow subscriber with slow=block still needs its oldest message; waited "
            + options.blockTimeout().toMillis()
            + " ms; try again, or raise retention");
  }

  /** A reader with {@code block} went on. */
  void readerMoved() {
    if (waiting > 0) {
      signal();
    }
  }

  /** Something else changed that publishers may wait for. */
  void signal() {
    lock.lock();
    try {
      if (changed != null) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }
}
