package io.emque.engine;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A lock for each topic's name, which is there as long as somebody holds it or waits for it. Under
 * it topics are opened and removed, however long the disk takes: others are not held up.
 */
final class NameLocks {
  private final ConcurrentHashMap<String, NameLock> locks = new ConcurrentHashMap<>();

  <T extends @Nullable Object> T locked(String name, Supplier<T> work) {
    NameLock held =
        locks.compute(name, (n, there) -> (there == null ? new NameLock() : there).used());
    held.lock.lock();
    try {
      return work.get();
    } finally {
      held.lock.unlock();
      locks.computeIfPresent(name, (n, there) -> there.left());
    }
  }

  private static final class NameLock {
    final ReentrantLock lock = new ReentrantLock();
    private int users; // changed in computations of the map alone

    NameLock used() {
      users++;
      return this;
    }

    @Nullable NameLock left() {
      users--;
      return users == 0 ? null : this;
    }
  }
}
