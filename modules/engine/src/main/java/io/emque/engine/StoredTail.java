package io.emque.engine;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.spi.StoreFullException;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredLog.Segment;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One topic's log on disk, where it goes on when memory ends. Begun with the topic's first message.
 *
 * <p><b>Threads:</b> {@link #append} is called under the topic's lock; the rest by any thread.
 */
final class StoredTail {
  private static final System.Logger LOG = System.getLogger(StoredTail.class.getName());
  private static final int RECALL_BYTES = 64 * 1024;

  private final String topic;
  private final Disk disk;
  private volatile @Nullable StoredLog log;
  private volatile @Nullable String failure; // why nothing is appended any more
  private boolean untrimmed; // it was said; by the thread that trims

  // System.nanoTime() | 1 while the disk is at it, else 0; written by the thread that waits for it.
  private volatile long appendingSince;
  private volatile long forcingSince;

  /** Whether something was appended that has not been forced; see {@link Syncer}. */
  volatile boolean dirty;

  /**
   * @param log null for a topic without messages
   */
  StoredTail(String topic, Disk disk, @Nullable StoredLog log) {
    this.topic = topic;
    this.disk = disk;
    this.log = log;
  }

  String topic() {
    return topic;
  }

  /** The epoch that the disk knows; null before the first message. */
  @Nullable String epoch() {
    StoredLog stored = log;
    return stored == null ? null : stored.epoch();
  }

  /** The oldest offset on disk; {@link #nextOffset} without one. */
  long firstOffset() {
    StoredLog stored = log;
    return stored == null ? 0 : stored.firstOffset();
  }

  long nextOffset() {
    StoredLog stored = log;
    return stored == null ? 0 : stored.nextOffset();
  }

  long lastTimeNanos() {
    StoredLog stored = log;
    return stored == null ? Long.MIN_VALUE : stored.lastTimeNanos();
  }

  // ---- appending

  /**
   * Appends records; {@link #nextOffset} tells how many.
   *
   * @param epoch of the topic, should this be its first message
   * @return why not all of them were; null when they were
   */
  @Nullable BrokerException append(StoredLog.Records records, String epoch) {
    String broken = failure;
    if (broken != null) {
      return new BrokerException(ErrorCode.STORE_FAILED, broken);
    }
    if (disk.full()) {
      disk.counters().fullRefusals.increment();
      return disk.refusal();
    }
    try {
      StoredLog stored = log;
      if (stored == null) {
        stored = disk.begin(topic, epoch);
        log = stored;
      }
      disk.counters().appends.increment();
      appendingSince = System.nanoTime() | 1;
      try {
        stored.append(records);
      } finally {
        appendingSince = 0;
      }
      return null;
    } catch (StoreFullException e) {
      disk.counters().fullRefusals.increment();
      disk.isFull(e);
      return disk.refusal();
    } catch (IOException e) {
      return failed("cannot be stored", e);
    }
  }

  /** Completes when what was appended is as safe as the mode says. */
  CompletableFuture<Void> synced() {
    return disk.syncer().request(this);
  }

  /** What was appended will be forced, though nobody waits for that. */
  void syncSoon() {
    disk.syncer().soon(this);
  }

  /** Blocks for the disk. */
  void force() throws IOException {
    StoredLog stored = log;
    if (stored != null) {
      long begun = System.nanoTime();
      forcingSince = begun | 1;
      try {
        stored.force();
      } finally {
        forcingSince = 0;
      }
      disk.counters().forces.record(System.nanoTime() - begun);
    }
  }

  /** Whether the disk has been at one piece of work for longer than this. */
  boolean hangs(long limitNanos) {
    long now = System.nanoTime();
    return isOver(appendingSince, now, limitNanos) || isOver(forcingSince, now, limitNanos);
  }

  private static boolean isOver(long since, long now, long limitNanos) {
    return since != 0 && now - since > limitNanos;
  }

  /** Nothing is appended to this topic any more. */
  BrokerException failed(String what, IOException e) {
    String reason =
        "messages of topic \""
            + topic
            + "\" "
            + what
            + ": "
            + e.getMessage()
            + "; repair the disk and start again, the other topics go on";
    disk.counters().errors.increment();
    if (failure == null) {
      failure = reason;
      disk.topicFailed();
      LOG.log(ERROR, reason);
    }
    return new BrokerException(ErrorCode.STORE_FAILED, reason, e);
  }

  boolean hasFailed() {
    return failure != null;
  }

  // ---- reading

  /**
   * Records from the disk, as a chunk that no log holds.
   *
   * @param from the first offset wanted
   * @param limit the first one not wanted
   * @return begins at {@code from}, or after it where that is gone; null when nothing is there
   */
  @Nullable Chunk recall(long from, long limit) throws IOException, InterruptedException {
    return disk.read(() -> recallNow(from, limit));
  }

  private @Nullable Chunk recallNow(long from, long limit) throws IOException {
    StoredLog stored = log;
    long at = from;
    while (stored != null && at < limit) {
      var records = new RecalledRecords(at, limit);
      long next = stored.read(at, RECALL_BYTES, records);
      Chunk chunk = records.chunk();
      if (chunk != null) {
        return chunk;
      }
      if (next <= at) {
        return null;
      }
      at = next;
    }
    return null;
  }

  /** See {@link StoredLog#offsetAt}. */
  long offsetAt(long timeNanos) throws IOException, InterruptedException {
    StoredLog stored = log;
    return stored == null ? 0 : disk.read(() -> stored.offsetAt(timeNanos));
  }

  /**
   * Gives the ids of the newest messages to a window that is to know them.
   *
   * @param nowNanos by the clock of the messages' times
   * @param steadyNanos now as well, by the window's
   */
  void remember(DedupeWindow window, long nowNanos, long steadyNanos)
      throws IOException, InterruptedException {
    StoredLog stored = log;
    long since = nowNanos - DedupeWindow.MAX_AGE_NANOS;
    if (stored != null && stored.lastTimeNanos() > since) {
      disk.open(
          () -> {
            remember(stored, window, since, steadyNanos - nowNanos);
            return null;
          });
    }
  }

  private static void remember(StoredLog stored, DedupeWindow window, long since, long shift)
      throws IOException {
    long now = since + DedupeWindow.MAX_AGE_NANOS;
    long at = Math.max(stored.offsetAt(since + 1), stored.nextOffset() - DedupeWindow.MAX_IDS);
    while (at < stored.nextOffset()) {
      long next =
          stored.read(
              at,
              RECALL_BYTES,
              (offset, time, id, headers, array, start, length) -> {
                if (id != null && time > since) {
                  window.take(id, offset, Math.min(time, now) + shift);
                }
              });
      if (next <= at) {
        return;
      }
      at = next;
    }
  }

  // ---- retention

  List<Segment> segments() throws IOException {
    StoredLog stored = log;
    return stored == null ? List.of() : stored.segments();
  }

  /** It keeps more than it should; said once. */
  void cannotBeTrimmed(IOException e) {
    if (!untrimmed) {
      untrimmed = true;
      LOG.log(
          WARNING,
          () -> "old messages of topic \"" + topic + "\" cannot be removed: " + e.getMessage());
    }
  }

  void truncateBefore(long offset) throws IOException {
    StoredLog stored = log;
    if (stored != null) {
      stored.truncateBefore(offset);
    }
  }
}
