package io.emque.server;

import static java.util.Objects.requireNonNull;

import io.emque.api.spi.Store;
import io.emque.engine.Persistence;
import io.emque.engine.SyncMode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How messages are kept on disk.
 *
 * @param store what keeps them
 * @param folder where
 * @param sync what a publish waits for
 * @param segmentBytes how large a file grows; old messages go by files
 * @param maxOpenLogs how many topics may hold files open
 * @param retainBytes disk one topic may take; 0 for no limit
 * @param retainAge how long a message is kept; zero for no limit
 * @param retainCount how many messages a topic keeps; 0 for no limit
 * @param totalBytes disk all topics together may take; 0 for no limit
 * @param minFreeBytes below so much free space nothing is published
 */
public record StoreOptions(
    Store store,
    Path folder,
    SyncMode sync,
    long segmentBytes,
    int maxOpenLogs,
    long retainBytes,
    Duration retainAge,
    long retainCount,
    long totalBytes,
    long minFreeBytes) {
  private static final long MIB = 1024 * 1024;

  /** Refuses nulls. */
  public StoreOptions {
    requireNonNull(store, "store");
    requireNonNull(folder, "folder");
    requireNonNull(sync, "sync");
    requireNonNull(retainAge, "retainAge");
  }

  /** Files of 64 MiB, 256 topics with open files, no limit but 256 MiB that stay free. */
  public static StoreOptions of(Store store, Path folder) {
    return new StoreOptions(
        store, folder, SyncMode.OS, 64 * MIB, 256, 0, Duration.ZERO, 0, 0, 256 * MIB);
  }

  /** These options with another mode. */
  public StoreOptions sync(SyncMode newSync) {
    return new StoreOptions(
        store,
        folder,
        newSync,
        segmentBytes,
        maxOpenLogs,
        retainBytes,
        retainAge,
        retainCount,
        totalBytes,
        minFreeBytes);
  }

  /** These options with other limits. */
  public StoreOptions retain(long bytes, Duration age, long count, long total) {
    return new StoreOptions(
        store, folder, sync, segmentBytes, maxOpenLogs, bytes, age, count, total, minFreeBytes);
  }

  /** These options with another limit for free space. */
  public StoreOptions minFree(long bytes) {
    return new StoreOptions(
        store,
        folder,
        sync,
        segmentBytes,
        maxOpenLogs,
        retainBytes,
        retainAge,
        retainCount,
        totalBytes,
        bytes);
  }

  Persistence open(int maxMessageBytes) throws IOException {
    return new Persistence(
        store.open(new Store.Options(folder, maxMessageBytes, segmentBytes, maxOpenLogs)),
        sync,
        retainBytes,
        retainAge,
        retainCount,
        totalBytes,
        minFreeBytes);
  }
}
