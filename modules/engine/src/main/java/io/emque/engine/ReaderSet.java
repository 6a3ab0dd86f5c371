package io.emque.engine;

import io.emque.api.SlowPolicy;
import io.emque.api.TopicInfo.SubscriberInfo;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The open readers of one topic. Used under the topic's lock, but for {@link #areSeveral}. */
final class ReaderSet {
  private final Set<Reader> readers = new LinkedHashSet<>(2);
  private List<Reader> strict = List.of(); // those with a policy other than skip
  private volatile boolean several;

  void add(Reader reader) {
    readers.add(reader);
    several = readers.size() > 1;
    if (reader.slow() != SlowPolicy.SKIP) {
      if (strict.isEmpty()) {
        strict = new ArrayList<>();
      }
      strict.add(reader);
    }
  }

  boolean remove(Reader reader) {
    if (!strict.isEmpty()) {
      strict.remove(reader);
    }
    boolean removed = readers.remove(reader);
    several = readers.size() > 1;
    return removed;
  }

  List<Reader> all() {
    return List.copyOf(readers);
  }

  /** Any thread. */
  boolean areSeveral() {
    return several;
  }

  boolean isEmpty() {
    return readers.isEmpty();
  }

  boolean allSkip() {
    return strict.isEmpty();
  }

  /**
   * The oldest offset a reader with {@code block} has yet to read; bytes and count do not drop it.
   */
  long neededOffset() {
    long oldest = Long.MAX_VALUE;
    for (Reader reader : strict) {
      if (reader.slow() == SlowPolicy.BLOCK && !reader.hasEnded()) {
        oldest = Math.min(oldest, reader.position());
      }
    }
    return oldest;
  }

  /** Readers with {@code disconnect} that have yet to read something before {@code firstOffset}. */
  List<Reader> fallenBefore(long firstOffset) {
    List<Reader> fallen = List.of();
    for (Reader reader : strict) {
      if (reader.slow() == SlowPolicy.DISCONNECT
          && reader.position() < firstOffset
          && !reader.hasEnded()) {
        if (fallen.isEmpty()) {
          fallen = new ArrayList<>();
        }
        fallen.add(reader);
      }
    }
    return fallen;
  }

  /** Readers whose write holds memory that is in no log any more. */
  List<Reader> stalled() {
    return readers.stream().filter(reader -> reader.stalledSince() != 0).toList();
  }

  void count(ReaderCount into, long nextOffset) {
    for (Reader reader : readers) {
      into.add(reader.protocol(), Math.max(0, nextOffset - reader.position()));
    }
  }

  List<SubscriberInfo> infos(long nextOffset) {
    return readers.stream()
        .map(
            reader ->
                new SubscriberInfo(
                    reader.protocol(),
                    Math.max(0, nextOffset - reader.position()),
                    reader.missed()))
        .toList();
  }
}
