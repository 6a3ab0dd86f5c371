package io.emque.engine;

import static java.util.Objects.requireNonNull;

import io.emque.api.spi.StoredTopics;
import java.time.Duration;

/**
 * Where a broker's topics go on when memory ends.
 *
 * @param topics the store; the broker closes it
 * @param sync what a publish waits for
 * @param retainBytes disk one topic may take; 0 for no limit
 * @param retainAge how long a message is kept; zero for no limit
 * @param retainCount how many messages a topic keeps; 0 for no limit
 * @param totalBytes disk all topics together may take; 0 for no limit
 * @param minFreeBytes below so much free space on the disk, nothing is published
 */
public record Persistence(
    StoredTopics topics,
    SyncMode sync,
    long retainBytes,
    Duration retainAge,
    long retainCount,
    long totalBytes,
    long minFreeBytes) {
  /** Refuses nulls and what is negative. */
  public Persistence {
    requireNonNull(topics, "topics");
    requireNonNull(sync, "sync");
    if (retainAge.isNegative()
        || retainBytes < 0
        || retainCount < 0
        || totalBytes < 0
        || minFreeBytes < 0) {
      throw new IllegalArgumentException("limits must be 0 (none) or more");
    }
  }

  /** A store without limits but 64 MiB that must stay free. */
  public static Persistence of(StoredTopics topics, SyncMode sync) {
    return new Persistence(topics, sync, 0, Duration.ZERO, 0, 0, 64L << 20);
  }
}
