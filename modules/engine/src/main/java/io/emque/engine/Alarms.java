package io.emque.engine;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Wakes readers that have waited as long as they wished. A reader of a busy topic parks many
 * thousand times a second and nearly always is woken by a message; parking with a time limit would
 * set and cancel a timer, and wake the timer's thread, each time.
 */
final class Alarms implements AutoCloseable {
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("emque-alarms").factory());

  Alarms() {
    timer.setRemoveOnCancelPolicy(true);
    timer.setRejectedExecutionHandler(
        new ThreadPoolExecutor.DiscardPolicy()); // closed: nobody waits
  }

  /** One reader's alarm. */
  Alarm alarm() {
    return new Alarm();
  }

  /** Timers that are set. */
  int pending() {
    return timer.getQueue().size();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** Used by one thread that waits, and {@link #cancel}led by any. */
  final class Alarm implements Runnable {
    /*
     * due     the waiting thread, before it looks at task: when it wants to be woken.
     * firesAt when that timer fires. A waiting thread that wants to be woken later leaves it alone.
     * task    the one timer that is set, null when none is. It may fire before it is due: then it is set anew. The timer's
     *         thread stores null before it unparks, so whoever saw a task that has just fired does not sleep on it: the
     *         unpark is still to come.
     */
    private volatile long due;
    private volatile @Nullable ScheduledFuture<?> task; // written under this object's monitor
    private volatile long firesAt; // written under this object's monitor
    private boolean cancelled; // under this object's monitor
    private volatile @Nullable Thread waiting;

    /**
     * Has the calling thread unparked, at the latest, at a time of {@link System#nanoTime}; maybe
     * earlier. It must look whether there is anything to wait for after this and before it parks:
     * setting a timer takes a lock, and waiting for that uses up a wake-up that came meanwhile.
     */
    void set(long nanoTime) {
      due = nanoTime;
      waiting = Thread.currentThread();
      if (task == null || firesAt - nanoTime > 0) {
        schedule(nanoTime);
      }
    }

    private synchronized void schedule(long nanoTime) {
      if (task != null) {
        task.cancel(false);
      }
      if (!cancelled) {
        firesAt = nanoTime;
        task = timer.schedule(this, nanoTime - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    }

    @Override
    public synchronized void run() {
      long early = due - System.nanoTime();
      if (early > 0) {
        task = null;
        schedule(due);
      } else {
        task = null;
        LockSupport.unpark(waiting);
      }
    }

    /** No thread waits any more. */
    synchronized void cancel() {
      cancelled = true;
      if (task != null) {
        task.cancel(false);
        task = null;
      }
    }
  }
}
