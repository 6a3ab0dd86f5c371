package io.emque.engine;

import java.util.LinkedHashMap;

/**
 * The ids of a topic's recent messages: the last 10,000 of the last 2 minutes. Used under the
 * topic's lock.
 */
final class DedupeWindow {
  static final int MAX_IDS = 10_000;
  static final long MAX_AGE_NANOS = 120_000_000_000L;

  private final Memory memory;
  private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>();

  DedupeWindow(Memory memory) {
    this.memory = memory;
  }

  /**
   * Takes an id, unless it is known.
   *
   * @return the offset that it was given before; -1 when it is new
   */
  long take(String id, long offset, long steadyNanos) {
    Entry before = entries.putIfAbsent(id, new Entry(offset, steadyNanos));
    if (before != null) {
      return before.offset();
    }
    memory.charge(bytes(id));
    return -1;
  }

  /** An id that was taken was not given an offset after all. */
  void forget(String id) {
    if (entries.remove(id) != null) {
      memory.free(bytes(id));
    }
  }

  /** Keeps to the number of ids; {@link #take} does not. */
  void trim() {
    while (entries.size() > MAX_IDS) {
      removeEldest();
    }
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  void expire(long steadyNanos) {
    while (!entries.isEmpty()
        && steadyNanos - entries.firstEntry().getValue().takenNanos() >= MAX_AGE_NANOS) {
      removeEldest();
    }
  }

  private void removeEldest() {
    memory.free(bytes(entries.pollFirstEntry().getKey()));
  }

  private static int bytes(String id) {
    return 128 + id.length();
  }

  private record Entry(long offset, long takenNanos) {}
}
