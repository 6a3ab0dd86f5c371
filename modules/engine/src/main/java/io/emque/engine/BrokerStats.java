package io.emque.engine;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counters since the broker began, and levels now. Bytes of messages are those of the log: payloads
 * and 2 to 10 bytes for each.
 *
 * @param topics topics now
 * @param readers who reads now
 * @param published messages appended, duplicates not counted
 * @param publishedBytes bytes of these
 * @param duplicates publishes answered from the dedupe window
 * @param refused messages refused for want of room or for a slow reader with {@code block}
 * @param delivered messages handed to readers and written by their transports
 * @param deliveredBytes bytes of these
 * @param gaps how often readers were told that they do not get messages, and how many
 * @param slowEpisodes how often a reader with {@code skip} that had caught up fell off the log
 * @param evicted readers ended because they were too slow
 * @param latency from publish to written, of the first message of batches; see {@link Reader}
 * @param memory what messages hold in memory
 * @param store the disk; null without persistence
 */
public record BrokerStats(
    int topics,
    Readers readers,
    long published,
    long publishedBytes,
    long duplicates,
    long refused,
    long delivered,
    long deliveredBytes,
    Map<GapReason, Missed> gaps,
    long slowEpisodes,
    long evicted,
    Histogram.Snapshot latency,
    MemoryUse memory,
    @Nullable StoreStats store) {
  /** Keeps a copy of the map. */
  public BrokerStats {
    gaps = Map.copyOf(gaps);
  }

  /** Open readers now. */
  public int subscribers() {
    return readers.count();
  }

  /** Messages that readers were told they missed. */
  public long missed() {
    return gaps.values().stream().mapToLong(Missed::messages).sum();
  }

  /** Memory that logs and stalled writes hold now. */
  public long memoryBytes() {
    return memory.bytes();
  }

  /** The part of {@link #memoryBytes} that is in no log any more, held by writes in progress. */
  public long pinnedBytes() {
    return memory.pinnedBytes();
  }

  /** These with what another part of the broker has counted. */
  public BrokerStats counted(
      int newTopics, long newPublished, long newPublishedBytes, long newRefused) {
    return new BrokerStats(
        newTopics,
        readers,
        newPublished,
        newPublishedBytes,
        duplicates,
        newRefused,
        delivered,
        deliveredBytes,
        gaps,
        slowEpisodes,
        evicted,
        latency,
        memory,
        store);
  }

  /**
   * Who reads now.
   *
   * @param count open readers
   * @param byProtocol how many of each protocol that is in use
   * @param lag messages that readers have yet to be handed, all together
   * @param maxLag the most that one of them has
   */
  public record Readers(int count, Map<String, Integer> byProtocol, long lag, long maxLag) {
    /** Keeps a copy of the map. */
    public Readers {
      byProtocol = Map.copyOf(byProtocol);
    }
  }

  /**
   * What readers do not get.
   *
   * @param gaps how often one was told so
   * @param messages how many messages, as far as that is known
   */
  public record Missed(long gaps, long messages) {}

  /**
   * What messages hold in memory.
   *
   * @param bytes of all logs and stalled writes
   * @param pinnedBytes the part of it held by writes in progress alone
   * @param limitBytes how much it may be
   */
  public record MemoryUse(long bytes, long pinnedBytes, long limitBytes) {}
}
