package io.emque.engine;

/**
 * The disk: counters since the broker began, and levels now.
 *
 * @param topics topics that have messages on disk
 * @param appends runs of messages handed to the store; one for each publish or batch
 * @param forces how long forcing a topic's files to the disk took
 * @param errors appends and forces that failed
 * @param fullRefusals appends refused because the disk was full
 * @param freeBytes what may still be written; -1 when that is not known
 * @param bytes what messages take; -1 when that is not known; up to 15 s old
 * @param openLogs topics that hold files open; -1 when that is not known
 * @param damagedRecords records found that cannot be read; -1 when that is not known
 */
public record StoreStats(
    int topics,
    long appends,
    Histogram.Snapshot forces,
    long errors,
    long fullRefusals,
    long freeBytes,
    long bytes,
    int openLogs,
    long damagedRecords) {}
