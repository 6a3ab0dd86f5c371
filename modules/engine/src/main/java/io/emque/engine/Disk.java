package io.emque.engine;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.TopicInfo;
import io.emque.api.spi.StoreFullException;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredTopics;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The topics of a broker that are on disk: opened when they are first asked for, forced, trimmed,
 * and watched for room.
 *
 * <p><b>Threads:</b> any.
 */
final class Disk implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Disk.class.getName());
  private static final int READERS = 4; // platform threads: pages that are not there hold them
  private static final long WATCH_NANOS = 1_000_000_000L;
  private static final long USE_NANOS = 15 * WATCH_NANOS;

  private final Persistence persistence;
  private final Epochs epochs;
  private final Syncer syncer;
  private final DiskRetention retention;
  private final ExecutorService reading =
      Executors.newFixedThreadPool(
          READERS, Thread.ofPlatform().daemon().name("emque-store-", 0).factory());
  private final Set<String> names = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<String, StoredTail> tails = new ConcurrentHashMap<>();
  private final StoreCounters counters = new StoreCounters();
  private final AtomicInteger failedTopics = new AtomicInteger();
  private final Thread watcher;
  private volatile boolean full;
  private volatile StoredTopics.Use use = StoredTopics.Use.UNKNOWN;
  private volatile long usedAt; // System.nanoTime of use; 0 before the first
  private volatile boolean closed;

  /**
   * @param epochs for logs that have lost their own
   */
  Disk(Persistence persistence, Epochs epochs) {
    this.persistence = persistence;
    this.epochs = epochs;
    this.syncer = new Syncer(persistence.sync());
    this.retention = new DiskRetention(persistence);
    names.addAll(persistence.topics().names());
    watchRoom();
    this.watcher = Thread.ofPlatform().daemon().name("emque-disk").start(this::watch);
  }

  SyncMode sync() {
    return persistence.sync();
  }

  Syncer syncer() {
    return syncer;
  }

  /** Topics that have messages on disk. */
  Set<String> names() {
    return names;
  }

  /**
   * A topic's log on disk.
   *
   * @throws BrokerException {@link ErrorCode#STORE_FAILED}
   */
  StoredTail tail(String topic) {
    return tails.computeIfAbsent(
        topic,
        name -> {
          try {
            StoredLog log =
                names.contains(name) ? persistence.topics().open(name, epochs.next()) : null;
            return new StoredTail(name, this, log);
          } catch (IOException e) {
            throw new BrokerException(
                ErrorCode.STORE_FAILED,
                "topic \""
                    + name
                    + "\" cannot be opened: "
                    + e.getMessage()
                    + "; repair the disk, or delete the topic",
                e);
          }
        });
  }

  /** Begins a topic's log on disk. */
  StoredLog begin(String topic, String epoch) throws IOException {
    StoredLog log = persistence.topics().open(topic, epoch);
    names.add(topic);
    return log;
  }

  /** A topic that nobody uses now; empty when there is nothing of it. */
  Optional<TopicInfo> info(String topic) {
    if (!names.contains(topic)) {
      return Optional.empty();
    }
    StoredTail tail = tail(topic);
    String epoch = tail.epoch();
    return epoch == null
        ? Optional.empty()
        : Optional.of(
            new TopicInfo(topic, epoch, tail.firstOffset(), tail.nextOffset(), 0, List.of()));
  }

  /**
   * Removes a topic for good.
   *
   * @throws BrokerException {@link ErrorCode#STORE_FAILED} when something stays behind
   */
  void delete(String topic) {
    tails.remove(topic);
    names.remove(topic);
    try {
      persistence.topics().delete(topic);
    } catch (IOException e) {
      throw new BrokerException(
          ErrorCode.STORE_FAILED,
          "topic \"" + topic + "\" cannot be deleted from the disk: " + e.getMessage(),
          e);
    }
  }

  /** Reads on a platform thread; the caller's, a virtual one, waits. */
  <T extends @Nullable Object> T read(Callable<T> reading)
      throws IOException, InterruptedException {
    try {
      return this.reading.submit(reading).get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException failure) {
        throw failure;
      }
      throw new IOException("the store failed: " + cause, cause);
    }
  }

  // ---- room

  boolean full() {
    return full;
  }

  BrokerException refusal() {
    return new BrokerException(
        ErrorCode.STORE_FULL,
        "the disk is full: less than "
            + persistence.minFreeBytes()
            + " bytes are free; free some, lower the retention on disk, or wait: publishing goes on"
            + " by itself");
  }

  void isFull(StoreFullException e) {
    if (!full) {
      full = true;
      LOG.log(ERROR, "publishing stops: " + e.getMessage());
    }
  }

  private void watchRoom() {
    long usable = persistence.topics().usableBytes();
    boolean enough = usable >= Math.max(1, persistence.minFreeBytes());
    if (full && enough) {
      full = false;
      LOG.log(INFO, "publishing goes on: " + usable + " bytes are free on the disk");
    } else if (!full && !enough) {
      full = true;
      LOG.log(ERROR, "publishing stops: " + usable + " bytes are free on the disk");
    }
  }

  private void watch() {
    while (!closed) {
      LockSupport.parkNanos(this, WATCH_NANOS);
      try {
        watchRoom();
        retention.enforce(tails.values(), System.currentTimeMillis() * 1_000_000L);
      } catch (IOException | RuntimeException e) {
        LOG.log(WARNING, "looking after the disk failed, it goes on: " + e);
      }
    }
  }

  // ---- health

  void topicFailed() {
    failedTopics.incrementAndGet();
  }

  StoreCounters counters() {
    return counters;
  }

  StoreStats stats() {
    StoredTopics.Use now = use();
    long usable = persistence.topics().usableBytes();
    return new StoreStats(
        names.size(),
        counters.appends.sum(),
        counters.forces.snapshot(),
        counters.errors.sum(),
        counters.fullRefusals.sum(),
        usable == Long.MAX_VALUE ? -1 : usable,
        now.bytes(),
        now.openLogs(),
        now.damagedRecords());
  }

  /** Not each time it is asked: a store may have to look at every folder. */
  private StoredTopics.Use use() {
    long at = usedAt;
    if (at == 0 || System.nanoTime() - at > USE_NANOS) {
      usedAt = System.nanoTime() | 1;
      try {
        use = read(() -> persistence.topics().use());
      } catch (IOException | RejectedExecutionException e) {
        LOG.log(WARNING, () -> "how much the store takes is not known: " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return use;
  }

  /** What keeps it from storing; null when nothing does. */
  @Nullable String trouble() {
    if (full) {
      return "the disk is full";
    }
    int failed = failedTopics.get();
    return failed == 0 ? null : "the disk failed for " + failed + " topics";
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(watcher);
    syncer.close();
    reading.shutdown();
    try {
      persistence.topics().close();
    } catch (IOException e) {
      LOG.log(ERROR, "closing the store failed: " + e.getMessage());
    }
  }
}
