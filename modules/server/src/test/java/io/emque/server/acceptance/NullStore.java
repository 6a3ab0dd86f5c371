package io.emque.server.acceptance;

import io.emque.api.spi.Store;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredTopics;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A store that counts what it is given, and forgets it. */
final class NullStore implements Store {
  @Override
  public String name() {
    return "null";
  }

  @Override
  public StoredTopics open(Options options) {
    return new Topics();
  }

  private static final class Topics implements StoredTopics {
    private final Map<String, Log> logs = new ConcurrentHashMap<>();

    @Override
    public Set<String> names() {
      return new HashSet<>(logs.keySet());
    }

    @Override
    public StoredLog open(String topic, String epoch) {
      return logs.computeIfAbsent(topic, name -> new Log(epoch));
    }

    @Override
    public void delete(String topic) {
      logs.remove(topic);
    }

    @Override
    public long usableBytes() {
      return 1L << 40;
    }

    @Override
    public Use use() {
      return new Use(0, logs.size(), 0);
    }

    @Override
    public void close() {}
  }

  private static final class Log implements StoredLog {
    private final String epoch;
    private volatile long next;
    private volatile long timeNanos = Long.MIN_VALUE;

    Log(String epoch) {
      this.epoch = epoch;
    }

    @Override
    public String epoch() {
      return epoch;
    }

    @Override
    public long firstOffset() {
      return next;
    }

    @Override
    public long nextOffset() {
      return next;
    }

    @Override
    public long lastTimeNanos() {
      return timeNanos;
    }

    @Override
    public synchronized void append(Records records) {
      timeNanos = records.timeNanos(records.count() - 1);
      next += records.count();
    }

    @Override
    public long read(long from, int maxBytes, Sink sink) {
      return from;
    }

    @Override
    public long offsetAt(long time) {
      return next;
    }

    @Override
    public void force() {}

    @Override
    public List<Segment> segments() {
      return List.of();
    }

    @Override
    public void truncateBefore(long offset) {}

    @Override
    public void close() {}
  }
}
