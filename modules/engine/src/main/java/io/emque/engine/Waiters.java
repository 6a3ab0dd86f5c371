package io.emque.engine;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The readers of one topic that have caught up and are parked, or about to park. */
final class Waiters {
  /*
   * A reader adds itself, looks at the log once more, and parks. The appender stores the log's nextOffset (volatile), then
   * loads `count` (volatile). Either the appender sees the reader here, or the reader sees the new offset.
   *
   * wakeAll takes the whole array away and unparks outside the monitor; a reader knows its slot, so one that closes leaves
   * at once and is not kept alive until the next message.
   */
  private static final @Nullable Reader[] NONE = {};

  private @Nullable Reader[] readers = NONE;
  private @Nullable Reader @Nullable [] spare;
  private volatile int count;

  /** Does nothing for a reader that is in already. */
  synchronized void add(Reader reader) {
    if (reader.waiterSlot >= 0) {
      return;
    }
    int at = count;
    if (at == readers.length) {
      readers = Arrays.copyOf(readers, Math.max(2, at * 2));
    }
    readers[at] = reader;
    reader.waiterSlot = at;
    count = at + 1;
  }

  /** Does nothing for a reader that is not in. */
  synchronized void remove(Reader reader) {
    int at = reader.waiterSlot;
    if (at < 0) {
      return;
    }
    int last = count - 1;
    Reader moved = readers[last];
    if (moved != null && moved != reader) {
      readers[at] = moved;
      moved.waiterSlot = at;
    }
    readers[last] = null;
    reader.waiterSlot = -1;
    count = last;
  }

  /** Unparks every reader in, and empties the list. Call it without the topic's lock. */
  void wakeAll() {
    if (count == 0) {
      return;
    }
    @Nullable Reader[] woken;
    int n;
    synchronized (this) {
      woken = readers;
      n = count;
      for (int i = 0; i < n; i++) {
        Reader reader = woken[i];
        if (reader != null) {
          reader.waiterSlot = -1;
        }
      }
      readers = spare == null ? NONE : spare;
      spare = null;
      count = 0;
    }
    for (int i = 0; i < n; i++) {
      Reader reader = woken[i];
      woken[i] = null;
      if (reader != null) {
        LockSupport.unpark(reader.parkedThread());
      }
    }
    synchronized (this) {
      if (spare == null) {
        spare = woken;
      }
    }
  }
}
