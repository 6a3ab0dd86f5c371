package io.emque.engine;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Limits of a broker in memory.
 *
 * @param maxMessageBytes largest payload; 1 to 1 GiB
 * @param retainBytes memory one topic's log may hold; 0 for no limit
 * @param retainAge how long a message is kept; zero for no limit
 * @param retainCount how many messages a topic keeps; 0 for no limit
 * @param memoryBytes memory all logs together may hold, what stalled writes still hold included; at
 *     least 1 MiB
 * @param maxTopics how many topics there may be; positive
 * @param blockTimeout how long a publisher waits for a subscriber with {@code slow=block}
 */
public record EngineOptions(
    int maxMessageBytes,
    long retainBytes,
    Duration retainAge,
    long retainCount,
    long memoryBytes,
    int maxTopics,
    Duration blockTimeout) {
  private static final long MIB = 1024 * 1024;
  private static final long HEAP = Runtime.getRuntime().maxMemory();

  /** A message is in memory up to three times while it comes in; so many share a heap. */
  private static final int MESSAGE_SHARE = 12;

  /** What names and bookkeeping of topics may take. */
  private static final int TOPICS_SHARE = 8;

  private static final int TOPIC_BYTES = 1024;

  /**
   * Messages of 16 MiB; per topic 64 MiB and an hour; a quarter of the maximum heap for all; a
   * million topics. A heap below 192 MiB has smaller messages, one below 8 GiB fewer topics.
   */
  public static final EngineOptions DEFAULT =
      new EngineOptions(
          (int) Math.clamp(HEAP / MESSAGE_SHARE, MIB, 16 * MIB),
          64 * MIB,
          Duration.ofHours(1),
          0,
          Math.max(MIB, HEAP / 4),
          Math.clamp(HEAP / TOPICS_SHARE / TOPIC_BYTES, 1_000, 1_000_000),
          Duration.ofSeconds(5));

  /** Refuses values outside the rules. */
  public EngineOptions {
    requireNonNull(retainAge, "retainAge");
    requireNonNull(blockTimeout, "blockTimeout");
    require(
        maxMessageBytes > 0 && maxMessageBytes <= 1024 * MIB,
        "max_message_bytes",
        maxMessageBytes,
        "1 byte to 1 GiB");
    require(retainBytes >= 0, "retain_bytes", retainBytes, "0 (no limit) or more");
    require(!retainAge.isNegative(), "retain_age", retainAge, "0 (no limit) or more");
    require(retainCount >= 0, "retain_count", retainCount, "0 (no limit) or more");
    require(memoryBytes >= MIB, "memory", memoryBytes, "at least 1 MiB");
    require(maxTopics > 0, "max_topics", maxTopics, "at least 1");
    require(!blockTimeout.isNegative(), "block_timeout", blockTimeout, "0 or more");
  }

  /** These options with another limit for payloads. */
  public EngineOptions maxMessageBytes(int bytes) {
    return new EngineOptions(
        bytes, retainBytes, retainAge, retainCount, memoryBytes, maxTopics, blockTimeout);
  }

  /** These options with another limit for a topic's memory. */
  public EngineOptions retainBytes(long bytes) {
    return new EngineOptions(
        maxMessageBytes, bytes, retainAge, retainCount, memoryBytes, maxTopics, blockTimeout);
  }

  /** These options with another age. */
  public EngineOptions retainAge(Duration age) {
    return new EngineOptions(
        maxMessageBytes, retainBytes, age, retainCount, memoryBytes, maxTopics, blockTimeout);
  }

  /** These options with another count. */
  public EngineOptions retainCount(long count) {
    return new EngineOptions(
        maxMessageBytes, retainBytes, retainAge, count, memoryBytes, maxTopics, blockTimeout);
  }

  /** These options with another limit for the memory of all logs. */
  public EngineOptions memoryBytes(long bytes) {
    return new EngineOptions(
        maxMessageBytes, retainBytes, retainAge, retainCount, bytes, maxTopics, blockTimeout);
  }

  /** These options with another limit for the number of topics. */
  public EngineOptions maxTopics(int topics) {
    return new EngineOptions(
        maxMessageBytes, retainBytes, retainAge, retainCount, memoryBytes, topics, blockTimeout);
  }

  /** These options with another patience for {@code slow=block}. */
  public EngineOptions blockTimeout(Duration timeout) {
    return new EngineOptions(
        maxMessageBytes, retainBytes, retainAge, retainCount, memoryBytes, maxTopics, timeout);
  }

  private static void require(boolean holds, String key, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(key + " must be " + rule + ", got " + value);
    }
  }
}
