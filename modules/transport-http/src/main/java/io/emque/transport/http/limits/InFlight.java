package io.emque.transport.http.limits;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Memory of what is being received and is in no log yet: bodies, frames, messages of gRPC. When it
 * is used up, those that come most slowly are ended for the others; who finds no room all the same
 * is refused. Any thread.
 */
public final class InFlight {
  /** What every connection may hold uncounted; most messages are smaller. */
  public static final int UNCOUNTED = 16 * 1024;

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Younger ones are not ended: how fast they come is not known yet. */
  private static final long YOUNG_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Nobody who comes faster is ended. */
  private static final double SLOW_BYTES_PER_SECOND = 1024 * 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition freed = lock.newCondition();
  private final LongAdder refused = new LongAdder();
  private final LongAdder evicted = new LongAdder();

  // Under the lock.
  private final Set<Lease> leases = new HashSet<>();
  private long limit;
  private long held;
  private long leaving; // held by those that have been told to end

  InFlight(long limit) {
    this.limit = limit;
  }

  void limit(long bytes) {
    lock.lock();
    try {
      limit = bytes;
      freed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Memory of one message after the other, nothing yet. Close it with whatever receives them.
   *
   * @param evict ends what receives; called at most once, by a virtual thread of its own
   */
  public Lease lease(Runnable evict) {
    return new Lease(evict);
  }

  long held() {
    lock.lock();
    try {
      return held;
    } finally {
      lock.unlock();
    }
  }

  long limit() {
    lock.lock();
    try {
      return limit;
    } finally {
      lock.unlock();
    }
  }

  long refused() {
    return refused.sum();
  }

  long evicted() {
    return evicted.sum();
  }

  /** By the thread that holds the lock. */
  private void evictSlowest(long wanted) {
    long now = System.nanoTime();
    while (held - leaving + wanted > limit) {
      Lease slowest = null;
      double least = SLOW_BYTES_PER_SECOND;
      for (Lease lease : leases) {
        double rate = lease.bytesPerSecond(now);
        if (rate < least) {
          least = rate;
          slowest = lease;
        }
      }
      if (slowest == null) {
        return;
      }
      slowest.evict();
    }
  }

  /** What one connection or stream holds. One thread at a time, but for {@link #close}. */
  public final class Lease implements AutoCloseable {
    private final Runnable evict;

    // Under the lock.
    private long bytes;
    private long since;
    private boolean told;

    private Lease(Runnable evict) {
      this.evict = evict;
    }

    /**
     * The message that is being received takes so much memory now. Waits a little for room.
     *
     * @throws BrokerException {@link ErrorCode#OVERLOADED} when there is none, or this must end
     */
    public void hold(long total) {
      long counted = total <= UNCOUNTED ? 0 : total;
      lock.lock();
      try {
        if (counted > bytes) {
          admit(counted - bytes);
        }
        set(counted);
      } finally {
        lock.unlock();
      }
    }

    private void admit(long more) {
      long left = PATIENCE_NANOS;
      if (bytes == 0) {
        since = System.nanoTime();
      }
      while (!told && !fits(more)) {
        evictSlowest(more);
        if (left <= 0) {
          refused.increment();
          throw refusal("no memory to receive " + (bytes + more) + " bytes");
        }
        try {
          long step = Math.min(left, LOOK_NANOS);
          left -= step - Math.max(0, freed.awaitNanos(step));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw refusal("the connection ends");
        }
      }
      if (told) {
        throw refusal("this message comes too slowly while memory is short");
      }
    }

    /** What leaves is as good as gone, up to a point. One alone may take what it needs. */
    private boolean fits(long more) {
      return held == bytes || (held - leaving + more <= limit && held + more <= 2 * limit);
    }

    private BrokerException refusal(String fault) {
      return new BrokerException(
          ErrorCode.OVERLOADED,
          fault
              + ": "
              + held
              + " of "
              + limit
              + " are taken by messages on their way; try again later, or raise --inflight_bytes");
    }

    private void set(long counted) {
      if (counted == bytes) {
        return;
      }
      long change = counted - bytes;
      held += change;
      if (told) {
        leaving += change;
      }
      bytes = counted;
      if (counted == 0) {
        leases.remove(this);
      } else {
        leases.add(this);
      }
      if (change < 0) {
        freed.signalAll();
      }
    }

    /** What is held is in use: it is not the same message that is still coming. */
    public void touch() {
      lock.lock();
      try {
        since = System.nanoTime();
      } finally {
        lock.unlock();
      }
    }

    private double bytesPerSecond(long now) {
      long age = now - since;
      return told || age < YOUNG_NANOS ? Double.MAX_VALUE : bytes * 1e9 / age;
    }

    private void evict() {
      told = true;
      leaving += bytes;
      evicted.increment();
      Thread.ofVirtual().name("emque-evict").start(evict);
    }

    /** Why it had to end; null when it had not. */
    public @Nullable BrokerException evicted() {
      lock.lock();
      try {
        return told ? refusal("this message came too slowly while memory is short") : null;
      } finally {
        lock.unlock();
      }
    }

    /** Nothing is held any more. */
    @Override
    public void close() {
      lock.lock();
      try {
        set(0);
      } finally {
        lock.unlock();
      }
    }
  }
}
