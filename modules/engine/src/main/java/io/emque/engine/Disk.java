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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
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
  private static final int OPENERS = 16; // others: opening may take long, and nobody else waits
  private static final int OPENED_A_ROUND = 200; // for their retention, though nobody asks
  private static final long WATCH_NANOS = 1_000_000_000L;
  private static final long USE_NANOS = 15 * WATCH_NANOS;

  private final Persistence persistence;
  private final Epochs epochs;
  private final NameLocks locks;
  private final LongSupplier nowNanos;
  private final Syncer syncer;
  private final DiskRetention retention;
  private final ExecutorService reading =
      Executors.newFixedThreadPool(
          READERS, Thread.ofPlatform().daemon().name("emque-store-", 0).factory());
  private final ThreadPoolExecutor opening =
      new ThreadPoolExecutor(
          OPENERS,
          OPENERS,
          1,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          Thread.ofPlatform().daemon().name("emque-store-open-", 0).factory());
  private final Set<String> names = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<String, StoredTail> tails = new ConcurrentHashMap<>();
  private final StoreCounters counters = new StoreCounters();
  private final AtomicInteger failedTopics = new AtomicInteger();
  private final Thread watcher;
  private final Set<String> unopenable = new HashSet<>(); // the watcher's
  private boolean allOpened; // the watcher's
  private volatile boolean full;
  private volatile StoredTopics.Use use = StoredTopics.Use.UNKNOWN;
  private volatile long usedAt; // System.nanoTime of use; 0 before the first
  private volatile boolean closed;

  /**
   * @param epochs for logs that have lost their own
   * @param locks under which topics are opened and removed
   * @param nowNanos the time that messages are given
   */
  Disk(Persistence persistence, Epochs epochs, NameLocks locks, LongSupplier nowNanos) {
    this.persistence = persistence;
    this.epochs = epochs;
    this.locks = locks;
    this.nowNanos = nowNanos;
    opening.allowCoreThreadTimeOut(true);
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
   * A topic's log on disk; the name is locked.
   *
   * @throws BrokerException {@link ErrorCode#STORE_FAILED}
   */
  StoredTail tail(String topic) {
    StoredTail known = tails.get(topic);
    if (known != null) {
      return known;
    }
    try {
      StoredLog log =
          names.contains(topic)
              ? open(() -> persistence.topics().open(topic, epochs.next()))
              : null;
      var tail = new StoredTail(topic, this, log);
      tails.put(topic, tail);
      return tail;
    } catch (IOException e) {
      throw new BrokerException(
          ErrorCode.STORE_FAILED,
          "topic \""
              + topic
              + "\" cannot be opened: "
              + e.getMessage()
              + "; repair the disk, or delete the topic",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException(
          ErrorCode.OVERLOADED, "interrupted while topic \"" + topic + "\" was opened");
    }
  }

  /** Begins a topic's log on disk. */
  StoredLog begin(String topic, String epoch) throws IOException {
    StoredLog log = persistence.topics().open(topic, epoch);
    if (log.nextOffset() > 0 || !log.epoch().equals(epoch)) {
      throw new IOException("it was there already, though not listed");
    }
    names.add(topic);
    return log;
  }

  /** A topic that nobody uses now; empty when there is nothing of it. The name is locked. */
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

  /** A topic is not used any more: nothing is remembered of one without messages. Name locked. */
  void forgetUnused(String topic) {
    if (!names.contains(topic)) {
      tails.remove(topic);
    }
  }

  /**
   * Removes a topic for good; the name is locked.
   *
   * @return whether there was one
   * @throws BrokerException {@link ErrorCode#STORE_FAILED} when something stays behind
   */
  boolean delete(String topic) {
    StoredTail tail = tails.remove(topic);
    boolean there = names.remove(topic);
    try {
      persistence.topics().delete(topic);
    } catch (IOException e) {
      if (there && persistence.topics().names().contains(topic)) {
        names.add(topic);
      }
      throw new BrokerException(
          ErrorCode.STORE_FAILED,
          "topic \"" + topic + "\" cannot be deleted from the disk: " + e.getMessage(),
          e);
    }
    if (tail != null && tail.hasFailed()) {
      failedTopics.decrementAndGet();
    }
    return there;
  }

  /** Reads on a platform thread; the caller's, a virtual one, waits. */
  <T extends @Nullable Object> T read(Callable<T> work) throws IOException, InterruptedException {
    return on(reading, work);
  }

  /** The same for what may take long. */
  <T extends @Nullable Object> T open(Callable<T> work) throws IOException, InterruptedException {
    return on(opening, work);
  }

  private static <T extends @Nullable Object> T on(ExecutorService threads, Callable<T> work)
      throws IOException, InterruptedException {
    try {
      return threads.submit(work).get();
    } catch (RejectedExecutionException e) {
      throw new IOException("the store is closed", e);
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
        if (retention.isLimited()) {
          openSome();
          retention.enforce(tails.values(), nowNanos.getAsLong());
        }
      } catch (RuntimeException e) {
        LOG.log(WARNING, "looking after the disk failed, it goes on: " + e);
      }
    }
  }

  /** Topics that nobody has asked for since the start are kept to the limits, too. */
  private void openSome() {
    if (allOpened) {
      return;
    }
    int opened = 0;
    for (String topic : names) {
      if (!tails.containsKey(topic) && !unopenable.contains(topic)) {
        if (closed || opened++ == OPENED_A_ROUND) {
          return;
        }
        openUnasked(topic);
      }
    }
    allOpened = true; // others are opened by those who begin them
  }

  private void openUnasked(String topic) {
    try {
      locks.locked(topic, () -> names.contains(topic) && tail(topic).epoch() != null);
    } catch (BrokerException e) {
      if (!closed) {
        unopenable.add(topic);
        LOG.log(WARNING, () -> e.getMessage() + "; until then its messages do not expire");
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
      } catch (IOException e) {
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
    opening.shutdown();
    try {
      persistence.topics().close();
    } catch (IOException e) {
      LOG.log(ERROR, "closing the store failed: " + e.getMessage());
    }
  }
}
