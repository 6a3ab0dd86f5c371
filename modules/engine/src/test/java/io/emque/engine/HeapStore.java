package io.emque.engine;

import io.emque.api.spi.StoreFullException;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredTopics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A store whose disk is the heap: it outlives brokers, and fails on demand. */
final class HeapStore implements StoredTopics {
  private static final int SEGMENT = 10; // records

  private final Map<String, Log> logs = new ConcurrentHashMap<>();
  final AtomicInteger forced = new AtomicInteger();
  final AtomicInteger appends = new AtomicInteger();
  final AtomicInteger reads = new AtomicInteger();
  final CountDownLatch waiting = new CountDownLatch(1); // until the slow topic is being opened
  volatile CountDownLatch opening = new CountDownLatch(0); // the slow topic waits for it
  volatile @Nullable String slowTopic;
  volatile @Nullable String unlisted; // a topic whose segments are not known
  volatile boolean hidden; // names are not known
  volatile int room = Integer.MAX_VALUE; // records until it is full
  volatile @Nullable Error death; // comes after the next append has taken everything
  volatile boolean full;
  volatile boolean broken;
  volatile boolean unforceable;
  volatile CountDownLatch appending = new CountDownLatch(0); // an append waits for it
  volatile CountDownLatch forcing = new CountDownLatch(0); // a force waits for it

  @Override
  public Set<String> names() {
    return hidden ? new HashSet<>() : new HashSet<>(logs.keySet());
  }

  @Override
  public StoredLog open(String topic, String epoch) throws IOException {
    if (topic.equals(slowTopic)) {
      waiting.countDown();
      try {
        opening.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    return logs.computeIfAbsent(topic, name -> new Log(topic, epoch));
  }

  Log log(String topic) {
    return java.util.Objects.requireNonNull(logs.get(topic));
  }

  @Override
  public void delete(String topic) {
    logs.remove(topic);
  }

  @Override
  public long usableBytes() {
    return full ? 0 : Long.MAX_VALUE;
  }

  @Override
  public void close() {}

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** A topic's records. */
  final class Log implements StoredLog {
    private final String topic;
    private final String epoch;
    private final List<@Nullable Stored> records = new ArrayList<>();
    private long first;

    Log(String topic, String epoch) {
      this.topic = topic;
      this.epoch = epoch;
    }

    /** Nobody can read it any more. */
    synchronized void damage(long offset) {
      records.set((int) offset, null);
    }

    @Override
    public String epoch() {
      return epoch;
    }

    @Override
    public synchronized long firstOffset() {
      return first;
    }

    @Override
    public synchronized long nextOffset() {
      return records.size();
    }

    @Override
    public synchronized long lastTimeNanos() {
      Stored last = records.isEmpty() ? null : records.getLast();
      return last == null ? Long.MIN_VALUE : last.time();
    }

    @Override
    public synchronized void append(Records batch) throws IOException {
      await(appending);
      if (broken) {
        throw new IOException("the heap is on fire");
      }
      appends.incrementAndGet();
      for (int i = 0; i < batch.count(); i++) {
        if (full || room == 0) {
          throw new StoreFullException("the heap is full", null);
        }
        room = room == Integer.MAX_VALUE ? room : room - 1;
        byte[] payload =
            Arrays.copyOfRange(batch.array(i), batch.start(i), batch.start(i) + batch.length(i));
        records.add(new Stored(batch.timeNanos(i), batch.id(i), batch.headers(i), payload));
      }
      Error dies = death;
      if (dies != null) {
        death = null;
        throw dies;
      }
    }

    @Override
    public synchronized long read(long from, int maxBytes, Sink sink) throws IOException {
      reads.incrementAndGet();
      if (broken) {
        throw new IOException("the heap is on fire");
      }
      long at = Math.max(from, first);
      for (int bytes = 0; at < records.size() && bytes < maxBytes; at++) {
        Stored record = records.get((int) at);
        if (record != null) {
          byte[] payload = record.payload();
          sink.record(at, record.time(), record.id(), record.headers(), payload, 0, payload.length);
          bytes += payload.length;
        }
      }
      return Math.max(at, from);
    }

    @Override
    public synchronized long offsetAt(long timeNanos) {
      long at = first;
      while (at < records.size()) {
        Stored record = records.get((int) at);
        if (record != null && record.time() >= timeNanos) {
          return at;
        }
        at++;
      }
      return at;
    }

    @Override
    public void force() throws IOException {
      await(forcing);
      if (unforceable) {
        throw new IOException("the disk is gone");
      }
      forced.incrementAndGet();
    }

    @Override
    public synchronized List<Segment> segments() throws IOException {
      if (topic.equals(unlisted)) {
        throw new IOException("the heap forgot");
      }
      var segments = new ArrayList<Segment>();
      for (long at = first; at < records.size(); at += SEGMENT) {
        long end = Math.min(at + SEGMENT, records.size());
        Stored last = records.get((int) end - 1);
        segments.add(new Segment(at, end, 1_000, last == null ? 0 : last.time()));
      }
      return segments;
    }

    @Override
    public synchronized void truncateBefore(long offset) {
      while (first + SEGMENT <= offset && first + SEGMENT < records.size()) {
        first += SEGMENT;
      }
    }

    @Override
    public void close() {}
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Stored(
      long time, @Nullable String id, Map<String, String> headers, byte[] payload) {}
}
