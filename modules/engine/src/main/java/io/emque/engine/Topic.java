package io.emque.engine;

import io.emque.api.Ack;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.TopicInfo;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A topic: its log, who appends, who reads, and what happens to readers that are too slow. */
final class Topic {
  private final String name;
  private final String epoch;
  private final MemoryBroker broker;
  private final Counters counters;
  private final EngineOptions options;
  private final TopicLog log;
  private final SlowReaders slowReaders;
  private final Backpressure backpressure;
  private final Waiters waiters = new Waiters();
  private final @Nullable StoredTail tail; // null without persistence
  private final @Nullable Runnable onUnread; // of a relayed topic, which is removed by its feeder
  private final ReentrantLock lock = new ReentrantLock();

  // Under the lock.
  private final ReaderSet readers = new ReaderSet();
  private @Nullable DedupeWindow dedupe;
  private boolean removed;

  private volatile Cursor relayedNext; // of a relayed topic: after its last record, elsewhere

  /**
   * One of this broker's own.
   *
   * @param newEpoch its epoch, unless the disk knows it already
   * @param tail where it goes on when memory ends; null without persistence
   */
  Topic(String name, String newEpoch, MemoryBroker broker, @Nullable StoredTail tail) {
    this(name, epoch(tail, newEpoch), broker, broker.counters(), tail, null);
    if (tail != null) {
      recallIds(tail);
    }
  }

  /**
   * One that is fed from elsewhere, and is not removed for want of use.
   *
   * @param onUnread called when the last reader has left
   */
  Topic(String name, String epoch, MemoryBroker broker, Counters counters, Runnable onUnread) {
    this(name, epoch, broker, counters, null, onUnread);
  }

  private Topic(
      String name,
      String epoch,
      MemoryBroker broker,
      Counters counters,
      @Nullable StoredTail tail,
      @Nullable Runnable onUnread) {
    this.onUnread = onUnread;
    this.name = name;
    this.epoch = epoch;
    this.tail = tail;
    this.relayedNext = new Cursor(epoch, 0);
    this.broker = broker;
    this.counters = counters;
    this.options = broker.options();
    this.slowReaders = new SlowReaders(name, counters);
    this.log =
        tail == null
            ? new TopicLog(0, Long.MIN_VALUE, broker.memory(), options.retainBytes())
            : new TopicLog(
                tail.nextOffset(), tail.lastTimeNanos(), broker.memory(), options.retainBytes());
    this.backpressure = new Backpressure(name, broker, log, readers, lock);
  }

  private static String epoch(@Nullable StoredTail tail, String newEpoch) {
    String known = tail == null ? null : tail.epoch();
    return known == null ? newEpoch : known;
  }

  private void recallIds(StoredTail stored) {
    var known = new DedupeWindow(memory());
    try {
      stored.remember(known, broker.nowNanos(), broker.steadyNanos());
    } catch (IOException e) {
      throw stored.failed("cannot be read", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException(
          ErrorCode.OVERLOADED, "interrupted while topic \"" + name + "\" was opened");
    }
    dedupe = known.isEmpty() ? null : known;
  }

  String name() {
    return name;
  }

  String epoch() {
    return epoch;
  }

  TopicLog log() {
    return log;
  }

  /** Where it goes on when memory ends; null without persistence. */
  @Nullable StoredTail tail() {
    return tail;
  }

  /** The oldest offset that can be read, in memory or on disk. */
  long oldestOffset() {
    long inMemory = log.firstOffset();
    return tail == null ? inMemory : Math.min(inMemory, tail.firstOffset());
  }

  /** The oldest offset that memory must not drop. The disk has all of them. */
  private long neededOffset() {
    return tail == null ? readers.neededOffset() : Long.MAX_VALUE;
  }

  private void awaitRoom() {
    if (tail == null) {
      backpressure.awaitRoom();
    } else if (draining()) {
      throw drainingRefusal();
    }
  }

  Backpressure backpressure() {
    return backpressure;
  }

  SlowReaders slowReaders() {
    return slowReaders;
  }

  Waiters waiters() {
    return waiters;
  }

  boolean hasSeveralReaders() {
    return readers.areSeveral();
  }

  Memory memory() {
    return broker.memory();
  }

  Alarms alarms() {
    return broker.alarms();
  }

  Counters counters() {
    return counters;
  }

  long nowNanos() {
    return broker.nowNanos();
  }

  boolean draining() {
    return broker.draining();
  }

  boolean ending() {
    return broker.ending();
  }

  static BrokerException drainingRefusal() {
    return new BrokerException(
        ErrorCode.DRAINING, "the broker is stopping; connect again in a moment, or to another one");
  }

  // ---- publishing

  /** Appends one message, without waiting for the disk. Null as below. */
  @Nullable Published append(Publication publication) {
    var arrivals = new Arrivals(List.of(publication));
    arrivals.beginPart(Long.MAX_VALUE);
    return append(arrivals) ? arrivals.only() : null;
  }

  /** Appends the present part of them. False when the topic has been removed: look it up again. */
  boolean append(Arrivals arrivals) {
    List<Reader> fallen;
    lock.lock();
    try {
      if (removed) {
        return false;
      }
      if (tail == null && !readers.allSkip()) {
        arrivals.onlyOne(); // each waits for room of its own
      }
      awaitRoom();
      if (removed) {
        return false;
      }
      long now = Math.max(broker.nowNanos(), log.lastTimeNanos());
      DedupeWindow ids = arrivals.hasIds() ? ids() : null;
      appendNew(arrivals, ids, now);
      fallen = trim();
    } finally {
      lock.unlock();
    }
    waiters.wakeAll();
    slowReaders.evict(fallen);
    return true;
  }

  private DedupeWindow ids() {
    DedupeWindow known = dedupe;
    if (known == null) {
      known = new DedupeWindow(memory());
      dedupe = known;
    }
    known.expire(broker.steadyNanos());
    return known;
  }

  private void appendNew(Arrivals arrivals, @Nullable DedupeWindow ids, long now) {
    BrokerException refusal = null;
    long first = firstOfNext();
    int taken = 0;
    long bytes = 0;
    arrivals.sort(ids, first, now, ids == null ? 0 : broker.steadyNanos());
    try {
      int count = arrivals.count();
      if (tail != null && count > 0) {
        refusal = tail.append(arrivals, epoch);
        count = (int) (tail.nextOffset() - first);
      }
      for (int i = 0; i < count; i++) {
        Publication message = arrivals.message(i);
        byte[] payload = message.payload();
        log.append(payload, 0, payload.length, now, extras(message));
        bytes += Chunk.frameLength(payload.length);
      }
      log.publish();
      taken = count;
    } finally {
      counters.published.add(taken);
      counters.publishedBytes.add(bytes);
      counters.refused.add(refusal == null ? 0 : arrivals.count() - taken);
      counters.duplicates.add(arrivals.settle(ids, taken, refusal, epoch, ack()));
    }
  }

  /** The offset that the next message gets. Memory never lags behind the disk. */
  private long firstOfNext() {
    if (tail != null && tail.nextOffset() > log.nextOffset()) {
      log.skipTo(tail.nextOffset()); // an append ended in the midst, for want of memory perhaps
    }
    return log.nextOffset();
  }

  private static @Nullable Extras extras(Publication message) {
    return message.id() == null && message.headers().isEmpty()
        ? null
        : new Extras(message.id(), message.headers(), null);
  }

  /**
   * Appends the part of a batch that is not taken yet.
   *
   * @return the last message's position; null when the topic has been removed: look it up again
   */
  @Nullable Cursor append(MessageBatch batch) {
    List<Reader> fallen;
    Cursor last;
    int taken = batch.taken();
    int published = taken;
    long bytes = 0;
    BrokerException refusal = null;
    lock.lock();
    try {
      if (removed) {
        return null;
      }
      awaitRoom();
      if (removed) {
        return null;
      }
      long now = Math.max(broker.nowNanos(), log.lastTimeNanos());
      int count = batch.count();
      if (tail != null) {
        long first = firstOfNext();
        refusal = tail.append(new BatchRecords(batch, taken, now), epoch);
        count = taken + (int) (tail.nextOffset() - first);
      }
      for (; taken < count; taken++) {
        if (tail == null && !readers.allSkip() && taken > published) {
          log.publish();
          counters.published.add(taken - published);
          published = taken;
          batch.taken(taken);
          waiters.wakeAll(); // whoever is waited for must know that there is something to read
          backpressure.awaitRoom();
          if (removed) {
            return null;
          }
        }
        log.append(batch.array(taken), batch.offset(taken), batch.length(taken), now, null);
        bytes += Chunk.frameLength(batch.length(taken));
      }
      log.publish();
      counters.published.add(taken - published);
      batch.taken(taken);
      last = new Cursor(epoch, log.nextOffset() - 1);
      fallen = trim();
    } finally {
      lock.unlock();
      counters.publishedBytes.add(bytes);
    }
    waiters.wakeAll();
    slowReaders.evict(fallen);
    if (refusal != null) {
      counters.refused.increment();
      throw refusal;
    }
    return last;
  }

  private Ack ack() {
    return tail == null ? Ack.MEMORY : broker.ack();
  }

  // ---- relaying

  /**
   * Appends a message of another server. One thread; may wait for readers with {@code block}.
   *
   * @param cut whether it begins at {@code origin}
   * @param gap what readers are told before it; null for nothing
   */
  void relay(Message message, boolean cut, @Nullable Origin origin, @Nullable Gap gap) {
    List<Reader> fallen;
    lock.lock();
    try {
      backpressure.awaitRoom();
      if (cut) {
        log.cut(origin, gap);
      }
      Cursor given = origin == null ? message.cursor() : null;
      Extras extras =
          message.id() == null && message.headers().isEmpty() && given == null
              ? null
              : new Extras(message.id(), message.headers(), given);
      log.append(message.payload(), 0, message.payload().length, message.timeNanos(), extras);
      relayedNext = message.cursor().next();
      log.publish();
      fallen = trim();
    } finally {
      lock.unlock();
    }
    waiters.wakeAll();
    slowReaders.evict(fallen);
  }

  /**
   * Subscribes to what is relayed.
   *
   * @param from what to read first; null for what comes next
   * @param next where that stands elsewhere
   * @return null when {@code from} is not held
   */
  @Nullable Reader openRelayed(
      @Nullable Cursor from, Cursor next, SlowPolicy slow, String protocol) {
    lock.lock();
    try {
      long start = from == null ? log.nextOffset() : relayedOffset(from);
      if (start < 0) {
        return null;
      }
      var reader = new Reader(this, protocol, slow, start, null);
      reader.relays(from == null ? next : from);
      readers.add(reader);
      counters.subscribers.incrementAndGet();
      return reader;
    } finally {
      lock.unlock();
    }
  }

  /** Where a position of another server's log is held; -1 when it is not. Under the lock. */
  private long relayedOffset(Cursor wanted) {
    long first = log.firstOffset();
    long last = log.nextOffset() - 1;
    for (long at = last; at >= first; at--) {
      Cursor here = relayedAt(at);
      if (here.equals(wanted)) {
        return at;
      }
      if (here.next().equals(wanted)) {
        return at + 1;
      }
      if (!here.merged()
          && here.epoch().equals(wanted.epoch())
          && here.offset() < wanted.offset()) {
        return -1;
      }
    }
    return -1;
  }

  /** The cursor, elsewhere, of the record at an offset here; of the next one to come at the end. */
  Cursor relayedAt(long offset) {
    long at = offset;
    while (at < log.nextOffset()) {
      Chunk chunk = log.find(at, -1);
      if (chunk == null) {
        at = Math.max(at + 1, log.firstOffset()); // it was dropped meanwhile
        continue;
      }
      int record = (int) (at - chunk.firstOffset());
      Extras extras = chunk.extras(record);
      Origin origin = chunk.origin();
      if (extras != null && extras.cursor() != null) {
        return extras.cursor();
      }
      return origin == null
          ? new Cursor(epoch, at)
          : new Cursor(origin.epoch(), at + origin.shift());
    }
    return relayedNext;
  }

  /** Appends nothing more, and has no messages; {@link #endDeleted} its readers then. */
  void markDeleted() {
    lock.lock();
    try {
      removed = true;
      while (!log.hasNoChunk()) {
        log.dropHead();
      }
      dedupe = null;
      backpressure.signal();
    } finally {
      lock.unlock();
    }
  }

  void endDeleted() {
    endAll(
        new BrokerException(
            ErrorCode.TOPIC_UNKNOWN,
            "topic \"" + name + "\" was deleted; subscribe again for what is published next"));
  }

  boolean isRead() {
    lock.lock();
    try {
      return !readers.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Ends every reader with a reason. */
  void endAll(BrokerException reason) {
    List<Reader> all;
    lock.lock();
    try {
      all = readers.all();
    } finally {
      lock.unlock();
    }
    all.forEach(reader -> reader.evict(reason));
  }

  /** Gives back the memory of a relayed topic that nobody reads any more. */
  void dropAll() {
    lock.lock();
    try {
      while (!log.hasNoChunk()) {
        log.dropHead();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether a draining topic will never have a record at {@code offset}: appenders look at the
   * draining under the lock they append under.
   */
  boolean endsBefore(long offset) {
    lock.lock();
    try {
      return log.nextOffset() <= offset;
    } finally {
      lock.unlock();
    }
  }

  /** The broker drains: wakes everybody. */
  void wakeAll() {
    backpressure.signal();
    waiters.wakeAll();
  }

  // ---- retention; under the lock

  /**
   * Keeps to the limits by bytes and count. Returns readers with {@code disconnect} that fell off.
   */
  private List<Reader> trim() {
    if (options.retainCount() > 0) {
      log.dropBefore(Math.min(log.nextOffset() - options.retainCount(), neededOffset()));
    }
    if (options.retainBytes() > 0) {
      while (log.bytes() > options.retainBytes()
          && !log.hasOneChunk()
          && !log.hasNoChunk()
          && log.headEnd() <= neededOffset()) {
        log.dropHead();
      }
    }
    return readers.fallenBefore(oldestOffset());
  }

  /**
   * Drops what is too old. Returns whether the topic is of no use any more and has been marked
   * removed.
   */
  boolean expire(long nowNanos) {
    List<Reader> fallen;
    boolean gone;
    lock.lock();
    try {
      expireLocked(nowNanos);
      fallen = readers.fallenBefore(oldestOffset());
      if (dedupe != null) {
        dedupe.expire(broker.steadyNanos());
        if (dedupe.isEmpty()) {
          dedupe = null;
        }
      }
      gone = removeIfUseless(nowNanos);
    } finally {
      lock.unlock();
    }
    slowReaders.evict(fallen);
    return gone;
  }

  private void expireLocked(long nowNanos) {
    long age = broker.retainAgeNanos();
    if (age < Long.MAX_VALUE && log.headTimeNanos() <= nowNanos - age) {
      log.dropBefore(log.offsetAt(nowNanos - age + 1));
    }
  }

  private boolean removeIfUseless(long nowNanos) {
    long age = broker.retainAgeNanos();
    boolean used = log.nextOffset() > 0;
    boolean stands =
        tail == null && used && age < Long.MAX_VALUE && log.lastTimeNanos() > nowNanos - age;
    if (onUnread == null
        && !removed
        && readers.isEmpty()
        && log.hasNoChunk()
        && dedupe == null
        && !stands) {
      removed = true;
      return true;
    }
    return false;
  }

  /** Drops the oldest chunk for want of memory, unless a reader with {@code block} needs it. */
  boolean dropOldest() {
    List<Reader> fallen;
    lock.lock();
    try {
      if (log.hasNoChunk() || log.headEnd() > neededOffset()) {
        return false;
      }
      log.dropHead();
      fallen = readers.fallenBefore(oldestOffset());
    } finally {
      lock.unlock();
    }
    slowReaders.evict(fallen);
    return true;
  }

  /** When the oldest record was appended; {@link Long#MAX_VALUE} without one. */
  long oldestTimeNanos() {
    lock.lock();
    try {
      return log.headTimeNanos();
    } finally {
      lock.unlock();
    }
  }

  // ---- subscribing

  /** Returns null when the topic has been removed: look it up again. */
  @Nullable Reader open(SubscribeOptions subscribe, String protocol) {
    long stored = storedOffset(subscribe.from());
    lock.lock();
    try {
      if (removed) {
        return null;
      }
      expireLocked(broker.ageNowNanos());
      long first = oldestOffset();
      long start = startOffset(subscribe.from());
      if (stored >= 0 && stored < log.firstOffset()) {
        start = Math.max(stored, first);
      }
      Gap gap = null;
      if (subscribe.from() instanceof StartPosition.At at && !at.cursor().epoch().equals(epoch)) {
        gap = new Gap(name, at.cursor(), new Cursor(epoch, first), OptionalLong.empty());
        counters.gap(GapReason.EPOCH, 0);
        start = first;
      } else if (start < first) {
        gap =
            new Gap(
                name,
                new Cursor(epoch, start),
                new Cursor(epoch, first),
                OptionalLong.of(first - start));
        counters.gap(GapReason.RETENTION, first - start);
        start = first;
      }
      var reader = new Reader(this, protocol, subscribe.slow(), start, gap);
      readers.add(reader);
      counters.subscribers.incrementAndGet();
      return reader;
    } finally {
      lock.unlock();
    }
  }

  /** Where a time lies on disk; -1 when no time is asked for. Without the lock: it may take. */
  private long storedOffset(StartPosition from) {
    if (tail == null || !(from instanceof StartPosition.Since since)) {
      return -1;
    }
    try {
      return tail.offsetAt(MemoryBroker.epochNanos(since.time()));
    } catch (IOException e) {
      throw new BrokerException(
          ErrorCode.STORE_FAILED,
          "topic \"" + name + "\" cannot be read from the disk: " + e.getMessage(),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException(
          ErrorCode.OVERLOADED, "interrupted while looking for a time in \"" + name + "\"");
    }
  }

  private long startOffset(StartPosition from) {
    return switch (from) {
      case StartPosition.Latest latest -> log.nextOffset();
      case StartPosition.Earliest earliest -> oldestOffset();
      case StartPosition.Offset at -> at.offset();
      case StartPosition.At at -> Math.max(0, at.cursor().offset());
      case StartPosition.Since since -> log.offsetAt(MemoryBroker.epochNanos(since.time()));
    };
  }

  /** Forgets a reader; does nothing the second time. */
  void remove(Reader reader) {
    waiters.remove(reader);
    boolean gone = false;
    boolean unread = false;
    lock.lock();
    try {
      if (readers.remove(reader)) {
        unread = readers.isEmpty();
        counters.subscribers.decrementAndGet();
        backpressure.signal();
        gone = readers.isEmpty() && removeIfUseless(broker.ageNowNanos());
      }
    } finally {
      lock.unlock();
    }
    if (gone) {
      broker.forget(this);
    }
    if (unread && onUnread != null) {
      onUnread.run();
    }
  }

  /** Has its readers counted. */
  void count(ReaderCount into) {
    lock.lock();
    try {
      readers.count(into, log.nextOffset());
    } finally {
      lock.unlock();
    }
  }

  /** Readers whose write holds memory that is in no log any more. */
  List<Reader> stalled() {
    lock.lock();
    try {
      return readers.stalled();
    } finally {
      lock.unlock();
    }
  }

  TopicInfo info() {
    lock.lock();
    try {
      long next = log.nextOffset();
      return new TopicInfo(name, epoch, oldestOffset(), next, log.bytes(), readers.infos(next));
    } finally {
      lock.unlock();
    }
  }
}
