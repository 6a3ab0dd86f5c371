package io.emque.engine;

/**
 * Counters since the broker began, and levels now.
 *
 * @param topics topics now
 * @param subscribers open readers now
 * @param published messages appended, duplicates not counted
 * @param duplicates publishes answered from the dedupe window
 * @param refused messages refused for want of room or for a slow reader with {@code block}
 * @param delivered messages handed to readers and written by their transports
 * @param missed messages that readers were told they missed
 * @param evicted readers ended because they were too slow
 * @param memoryBytes memory that logs and stalled writes hold now
 * @param pinnedBytes the part of it that is no longer in any log and only held by writes in
 *     progress
 */
public record BrokerStats(
    int topics,
    int subscribers,
    long published,
    long duplicates,
    long refused,
    long delivered,
    long missed,
    long evicted,
    long memoryBytes,
    long pinnedBytes) {}
