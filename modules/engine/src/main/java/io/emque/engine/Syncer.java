package io.emque.engine;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Forces what was appended to the disk, in rounds: all topics that asked since the last one began.
 * A platform thread, since forcing holds one.
 */
final class Syncer implements AutoCloseable {
  private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

  private final SyncMode mode;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Under the lock.
  private Map<StoredTail, CompletableFuture<Void>> next = new LinkedHashMap<>();
  private boolean closed;

  Syncer(SyncMode mode) {
    this.mode = mode;
    this.thread = Thread.ofPlatform().daemon().name("emque-sync").start(this::run);
  }

  /**
   * Asks for what was appended to be forced.
   *
   * @return completes when it was; at once where publishers do not wait for that
   */
  CompletableFuture<Void> request(StoredTail tail) {
    if (mode == SyncMode.OS) {
      soon(tail);
      return DONE;
    }
    return enlist(tail);
  }

  /** Asks for what was appended to be forced, with nobody waiting for it. */
  @SuppressWarnings("FutureReturnValueIgnored")
  void soon(StoredTail tail) {
    if (!tail.dirty) {
      tail.dirty = true;
      enlist(tail);
    }
  }

  private CompletableFuture<Void> enlist(StoredTail tail) {
    lock.lock();
    try {
      if (next.isEmpty()) {
        changed.signal();
      }
      return next.computeIfAbsent(tail, none -> new CompletableFuture<>());
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    for (var round = gather(); !round.isEmpty(); round = gather()) {
      round.forEach(Syncer::force);
    }
  }

  /** Empty when it is closed and nothing is left. */
  private Map<StoredTail, CompletableFuture<Void>> gather() {
    lock.lock();
    try {
      while (next.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      long left = mode.gatherNanos();
      while (left > 0 && !closed) {
        try {
          left = changed.awaitNanos(left);
        } catch (InterruptedException e) {
          left = 0; // nobody interrupts it; should somebody, a round begins early
        }
      }
      var round = next;
      next = new LinkedHashMap<>();
      return round;
    } finally {
      lock.unlock();
    }
  }

  private static void force(StoredTail tail, CompletableFuture<Void> asked) {
    tail.dirty = false; // before: what is appended meanwhile asks again
    try {
      tail.force();
      asked.complete(null);
    } catch (IOException e) {
      asked.completeExceptionally(tail.failed("cannot be forced to the disk", e));
    } catch (RuntimeException | Error e) {
      asked.completeExceptionally(
          tail.failed("cannot be forced to the disk", new IOException(e.toString(), e)));
    }
  }

  /** Forces what is left, and ends. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, Long.MAX_VALUE);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
