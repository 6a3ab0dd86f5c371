package io.emque.engine;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Keeps all logs together within the broker's memory: the oldest messages go first; when most of
 * the memory is held by stalled writes, the connections stalled longest are closed.
 */
final class MemoryGuard {
  private static final System.Logger LOG = System.getLogger(MemoryGuard.class.getName());
  private static final long STALLED_NANOS = 1_000_000_000L;
  private static final long WAIT_NANOS = 5_000_000_000L;
  private static final long FULL_NANOS = 2 * WAIT_NANOS;
  private static final long POLL_NANOS = 2_000_000L;

  /**
   * A trim frees this part of the memory beyond what is asked, so that looking at every topic pays.
   */
  private static final int TRIM_SHARE = 64;

  private final Memory memory;
  private final Counters counters;
  private final Supplier<Iterable<Topic>> topics;
  private final ReentrantLock trimming = new ReentrantLock();
  private volatile long lastRefusal; // System.nanoTime; 0 for never

  /**
   * @param topics a live, weakly consistent view
   */
  MemoryGuard(Memory memory, Counters counters, Supplier<Iterable<Topic>> topics) {
    this.memory = memory;
    this.counters = counters;
    this.topics = topics;
  }

  /**
   * Makes room, waiting a little for writes to end.
   *
   * @param counted where a refusal counts
   * @throws BrokerException {@link ErrorCode#OVERLOADED} when there is no room to be had
   */
  void admit(long bytes, Counters counted) {
    long deadline = System.nanoTime() + WAIT_NANOS;
    while (!makeRoom(bytes)) {
      if (System.nanoTime() - deadline >= 0 || bytes > memory.limit()) {
        counted.refused.increment();
        lastRefusal = System.nanoTime() | 1;
        throw new BrokerException(
            ErrorCode.OVERLOADED,
            "no memory for a message of "
                + bytes
                + " bytes: "
                + memory.used()
                + " of "
                + memory.limit()
                + " are held by messages that may not be dropped; try again, or raise --memory");
      }
      LockSupport.parkNanos(this, POLL_NANOS);
    }
  }

  /** Whether a message was refused a moment ago, and there is still no room. */
  boolean isFull() {
    long last = lastRefusal;
    return last != 0 && System.nanoTime() - last < FULL_NANOS && !memory.fits(1);
  }

  private boolean makeRoom(long bytes) {
    trimming.lock();
    try {
      if (memory.fits(bytes)) {
        return true;
      }
      if (memory.pinned() > memory.limit() / 2) {
        closeStalled();
      }
      dropOldest(bytes + memory.limit() / TRIM_SHARE);
      return memory.fits(bytes);
    } finally {
      trimming.unlock();
    }
  }

  private void dropOldest(long room) {
    var oldest = new PriorityQueue<Head>(Comparator.comparingLong(Head::timeNanos));
    for (Topic topic : topics.get()) {
      addHead(oldest, topic);
    }
    while (!memory.fits(room)) {
      Head head = oldest.poll();
      if (head == null) {
        return;
      }
      if (head.topic().dropOldest()) {
        addHead(oldest, head.topic());
      }
    }
  }

  private static void addHead(PriorityQueue<Head> oldest, Topic topic) {
    long time = topic.oldestTimeNanos();
    if (time < Long.MAX_VALUE) {
      oldest.add(new Head(topic, time));
    }
  }

  /** A chunk is free when the last of the readers that hold it has gone. */
  private void closeStalled() {
    long now = System.nanoTime();
    var stalled = new ArrayList<Stalled>();
    var holders = new HashMap<Chunk, Integer>();
    for (Topic topic : topics.get()) {
      for (Reader reader : topic.stalled()) {
        Chunk chunk = reader.heldChunk();
        long since = reader.stalledSince();
        if (chunk != null && since != 0) {
          stalled.add(new Stalled(reader, chunk, since));
          holders.merge(chunk, 1, Integer::sum);
        }
      }
    }
    stalled.sort(Comparator.comparingLong(s -> s.sinceNanos() - now));
    long over = memory.pinned() - memory.limit() / 2;
    for (Stalled next : stalled) {
      if (over <= 0 || now - next.sinceNanos() < STALLED_NANOS) {
        return;
      }
      if (holders.merge(next.chunk(), -1, Integer::sum) == 0) {
        over -= next.chunk().memoryBytes();
      }
      close(next.reader(), now - next.sinceNanos());
    }
  }

  private void close(Reader reader, long stalledNanos) {
    if (reader.evict(
        new BrokerException(
            ErrorCode.SLOW_CONSUMER,
            "subscriber of topic \""
                + reader.topic()
                + "\" has not read for "
                + Duration.ofNanos(stalledNanos).toSeconds()
                + " s while memory is short; read faster, or raise --memory"))) {
      counters.evicted.increment();
      LOG.log(
          WARNING,
          () ->
              "memory is short: closed a "
                  + reader.protocol()
                  + " subscriber of topic \""
                  + reader.topic()
                  + "\" that had stopped reading");
    }
  }

  private record Stalled(Reader reader, Chunk chunk, long sinceNanos) {}

  private record Head(Topic topic, long timeNanos) {}
}
