package io.emque.engine;

import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

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

  /** The offset that the id was given, or null. */
  @Nullable Long find(String id, long nowNanos) {
    expire(nowNanos);
    Entry entry = entries.get(id);
    return entry == null ? null : entry.offset();
  }

  void add(String id, long offset, long nowNanos) {
    if (entries.size() == MAX_IDS) {
      removeEldest();
    }
    entries.put(id, new Entry(offset, nowNanos));
    memory.charge(bytes(id));
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  void expire(long nowNanos) {
    while (!entries.isEmpty()
        && nowNanos - entries.firstEntry().getValue().timeNanos() >= MAX_AGE_NANOS) {
      removeEldest();
    }
  }

  private void removeEldest() {
    memory.free(bytes(entries.pollFirstEntry().getKey()));
  }

  private static int bytes(String id) {
    return 128 + id.length();
  }

  private record Entry(long offset, long timeNanos) {}
}
