package io.emque.engine;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the memory of all chunks, in logs or only held by a write in progress. Any thread. */
final class Memory {
  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong pinned = new AtomicLong();

  Memory(long limit) {
    this.limit = limit;
  }

  long limit() {
    return limit;
  }

  long used() {
    return used.get();
  }

  long pinned() {
    return pinned.get();
  }

  boolean fits(long bytes) {
    return used.get() + bytes <= limit;
  }

  void charge(long bytes) {
    used.addAndGet(bytes);
  }

  /** A chunk left its log; nobody reads it. */
  void free(long bytes) {
    used.addAndGet(-bytes);
  }

  /** A chunk left its log while it is being written somewhere: it still counts. */
  void pin(long bytes) {
    pinned.addAndGet(bytes);
  }

  /** The last write of a chunk that had left its log is over. */
  void unpin(long bytes) {
    pinned.addAndGet(-bytes);
    used.addAndGet(-bytes);
  }
}
