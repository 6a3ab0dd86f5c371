package io.emque.engine;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.Gap;
import io.emque.api.SlowPolicy;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber's position in a topic's log. Owns no message: it hands out {@link Slice}s of the
 * log's chunks.
 *
 * <p>How long messages take from their publish until their transport has written them is measured
 * by the first message of a batch: of each batch that a reader was woken for, and else of every
 * {@value #SAMPLED}th. Messages that were there before the subscription are not.
 *
 * <p><b>Threads:</b> one thread reads, and calls {@link #slice} and {@link #gap}; any thread may
 * {@link #close}.
 */
public final class Reader implements AutoCloseable {
  /*
   * position   the reading thread; others load it for lag and for the policies. It moves when a slice is handed out.
   * held       the reading thread: the chunk pinned by the slice handed out, until the next read or close.
   * thread     the reading thread, who else unparks it.
   * ended      first one wins: close() (CLOSED) or the broker with its reason.
   * heldSince  the reading thread; the broker loads it to find the write that is stalled longest.
   */
  private static final System.Logger LOG = System.getLogger(Reader.class.getName());
  private static final int SAMPLED = 16;
  private static final long PATIENCE_NANOS = 1_000_000_000;
  private static final Ending CLOSED = new Ending(null);

  private final Topic topic;
  private final String protocol;
  private final SlowPolicy slow;
  private final Alarms.Alarm alarm;
  private final Slice slice;
  private final AtomicReference<@Nullable Ending> ended = new AtomicReference<>();
  private volatile long position;
  private volatile long heldSince;
  private volatile @Nullable Chunk held;
  private volatile @Nullable Thread thread;
  private @Nullable Runnable hardClose; // under this object's monitor
  private volatile long missed;
  private @Nullable Gap gap;
  private boolean gapDue;
  private final long liveFrom; // what was published before it is not measured
  private int untilSample; // batches that are not measured before the next one that is
  private boolean sampled; // the batch that is handed out
  private long missedInEpisode;
  private long lastChunk = -1;
  private long gapToldAt = -1; // of a chunk that begins with one
  private @Nullable Chunk recalled; // from the disk, begins behind a gap that was just told
  private @Nullable Cursor relayNext; // of a relayed log; null for one of this broker's own

  /** Its slot among the topic's waiters, -1 while it is not there; under their monitor. */
  int waiterSlot = -1;

  Reader(Topic topic, String protocol, SlowPolicy slow, long position, @Nullable Gap firstGap) {
    this.topic = topic;
    this.slice = new Slice(topic.name());
    this.alarm = topic.alarms().alarm();
    this.protocol = protocol;
    this.slow = slow;
    this.position = position;
    this.gap = firstGap;
    this.gapDue = firstGap != null;
    this.liveFrom = topic.log().nextOffset();
  }

  /** The topic's name. */
  public String topic() {
    return topic.name();
  }

  /** It reads a relayed log, whose next record stands at {@code next} elsewhere. */
  void relays(Cursor next) {
    relayNext = next;
  }

  /** A gap before its first record was there before it, and is none of its own. */
  void beginsBehindGap() {
    gapToldAt = position;
  }

  /** The position of the next record to be handed out. */
  public Cursor next() {
    Cursor elsewhere = relayNext;
    return elsewhere == null ? new Cursor(topic.epoch(), position) : elsewhere;
  }

  /**
   * Where a subscriber who is cut off now is to go on: {@link #next}, or where it stood while it
   * has yet to be told of a gap behind that. The reading thread.
   */
  public Cursor resumeAt() {
    Gap due = gapDue ? gap : null;
    return due == null ? next() : due.expected();
  }

  /**
   * Waits for something to hand on. What the last call handed out counts as delivered and is no
   * longer valid.
   *
   * @param timeoutNanos how long to wait while there is nothing new
   * @throws InterruptedException when the thread was interrupted while waiting
   */
  public Event read(long timeoutNanos) throws InterruptedException {
    if (thread != Thread.currentThread()) {
      thread = Thread.currentThread();
    }
    release(true);
    long deadline = 0;
    while (true) {
      if (topic.ending()) {
        ended.compareAndSet(null, new Ending(Topic.drainingRefusal()));
      }
      if (ended.get() != null) {
        return Event.ENDED;
      }
      if (gapDue) {
        gapDue = false;
        return Event.GAP;
      }
      TopicLog log = topic.log();
      long at = position;
      long next = log.nextOffset();
      long first = log.firstOffset();
      StoredTail tail = topic.tail();
      if (at < first && tail != null) {
        Event event = recall(tail, at, next);
        if (event != null) {
          return event;
        }
        continue;
      }
      if (at < first) {
        if (slow == SlowPolicy.DISCONNECT) {
          topic.slowReaders().evict(this);
          return Event.ENDED;
        }
        jump(at, first, GapReason.SKIPPED);
        return Event.GAP;
      }
      if (at < next) {
        Chunk chunk = log.find(at, lastChunk);
        if (chunk != null && chunk.gapBefore() != null && gapAt(chunk, at)) {
          return Event.GAP;
        }
        if (chunk != null && chunk.pin()) {
          handOut(chunk, at);
          return Event.MESSAGES;
        }
        continue;
      }
      caughtUp();
      if (topic.draining()) {
        if (!topic.endsBefore(at)) {
          continue; // a publish that had begun before the draining has just ended
        }
        ended.compareAndSet(null, new Ending(Topic.drainingRefusal()));
        return Event.ENDED;
      }
      long now = System.nanoTime();
      if (deadline == 0) {
        deadline = now + timeoutNanos;
      } else if (now - deadline >= 0) {
        return Event.IDLE;
      }
      park(log, at, deadline);
    }
  }

  /** Reads on from the disk. Null: look again. */
  private @Nullable Event recall(StoredTail tail, long at, long next) throws InterruptedException {
    Chunk chunk = recalled;
    recalled = null;
    if (chunk == null || !chunk.holds(at)) {
      try {
        chunk = tail.recall(at, next);
      } catch (IOException e) {
        ended.compareAndSet(null, new Ending(unreadable(e)));
        return Event.ENDED;
      }
    }
    TopicLog log = topic.log();
    long to = chunk == null ? Math.max(log.firstOffset(), tail.firstOffset()) : chunk.firstOffset();
    if (to > at) {
      boolean damaged = at >= tail.firstOffset();
      if (slow == SlowPolicy.DISCONNECT) {
        topic.slowReaders().evict(this);
        return Event.ENDED;
      }
      recalled = chunk;
      jump(at, to, damaged ? GapReason.DAMAGED : GapReason.SKIPPED);
      return Event.GAP;
    }
    if (chunk == null) {
      return null; // memory has it again: the log began anew behind it
    }
    // It counts as memory that a write holds, and is free when that write is over.
    int bytes = chunk.memoryBytes();
    topic.memory().charge(bytes);
    topic.memory().pin(bytes);
    chunk.pin();
    chunk.drop();
    handOut(chunk, at);
    return Event.MESSAGES;
  }

  private BrokerException unreadable(IOException e) {
    if (topic.draining()) {
      return Topic.drainingRefusal(); // the store was closed meanwhile
    }
    LOG.log(WARNING, () -> "topic \"" + topic.name() + "\" cannot be read: " + e.getMessage());
    return new BrokerException(
        ErrorCode.STORE_FAILED,
        "topic \"" + topic.name() + "\" cannot be read from the disk: " + e.getMessage(),
        e);
  }

  /** Whether a gap before this position is to be told now. */
  private boolean gapAt(Chunk chunk, long at) {
    Gap before = chunk.gapBefore();
    if (before == null || at != chunk.firstOffset() || gapToldAt == at) {
      return false;
    }
    gapToldAt = at;
    gap = before;
    relayNext = before.next();
    topic.counters().gap(GapReason.UPSTREAM, before.missed().orElse(0));
    return true;
  }

  private void handOut(Chunk chunk, long at) {
    int firstRecord = (int) (at - chunk.firstOffset());
    int records = chunk.published() - firstRecord;
    Memory sharing = topic.hasSeveralReaders() ? topic.memory() : null;
    slice.set(chunk, topic.epoch(), firstRecord, records, sharing);
    if (relayNext != null) {
      relayNext = new Cursor(slice.epoch(records - 1), slice.offset(records - 1)).next();
    }
    lastChunk = Math.max(lastChunk, chunk.seq());
    heldSince = System.nanoTime();
    sampled = at >= liveFrom && --untilSample <= 0;
    held = chunk;
    position = at + records;
    if (slow == SlowPolicy.BLOCK) {
      topic.backpressure().readerMoved();
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the reading thread writes it
  private void jump(long at, long first, GapReason reason) {
    long lost = first - at;
    Cursor to = relayNext == null ? new Cursor(topic.epoch(), first) : topic.relayedAt(first);
    gap = new Gap(topic.name(), next(), to, OptionalLong.of(lost));
    if (relayNext != null) {
      relayNext = to;
    }
    position = first;
    missed += lost;
    if (missedInEpisode == 0) {
      topic.slowReaders().skipped(this, lost);
    }
    missedInEpisode += lost;
    topic.counters().gap(reason, lost);
  }

  private void caughtUp() {
    if (missedInEpisode > 0) {
      topic.slowReaders().recovered(this, missedInEpisode);
      missedInEpisode = 0;
    }
  }

  private void park(TopicLog log, long at, long deadline) throws InterruptedException {
    alarm.set(deadline);
    topic.waiters().add(this);
    // From this look on nothing but the park itself may park, or a wake-up is lost.
    if (log.nextOffset() <= at && ended.get() == null && !topic.draining()) {
      untilSample = 0; // being woken costs far more than a look at the clock
      LockSupport.park(this);
    }
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted while waiting for topic " + topic.name());
    }
  }

  /** What was read; valid after {@link Event#MESSAGES}. */
  public Slice slice() {
    return slice;
  }

  /** What was missed; valid after {@link Event#GAP}. */
  public Gap gap() {
    Gap last = gap;
    if (last == null) {
      throw new IllegalStateException("no gap was read");
    }
    return last;
  }

  /** Why the broker ended it; null while it is open and when {@link #close} ended it. */
  public @Nullable BrokerException end() {
    Ending ending = ended.get();
    return ending == null ? null : ending.reason();
  }

  /**
   * Says how to get rid of the connection when its thread is stuck in a write. Called at most once,
   * on a thread of its own, after {@link #end} has its reason.
   */
  public void onEvict(Runnable action) {
    synchronized (this) {
      hardClose = action;
    }
    if (end() != null) {
      runHardClose();
    }
  }

  /**
   * Ends it; a thread that waits in {@link #read} returns. Closing twice is harmless. What was
   * handed out is let go when the reading thread closes or reads again, so that thread must do one
   * of them after its last write.
   */
  @Override
  public void close() {
    ended.compareAndSet(null, CLOSED);
    alarm.cancel();
    topic.remove(this);
    if (Thread.currentThread() == thread) {
      release(false);
    } else {
      LockSupport.unpark(thread);
    }
  }

  /** Lets go of what was handed out; by a thread that knows that no other reads. */
  void letGo() {
    release(false);
  }

  private void release(boolean delivered) {
    Chunk chunk = held;
    if (chunk == null) {
      return;
    }
    if (delivered) {
      Counters counters = topic.counters();
      counters.delivered.add(slice.count());
      counters.deliveredBytes.add(slice.to() - slice.from());
      if (sampled) {
        sampled = false;
        untilSample = SAMPLED;
        counters.latency.record(topic.nowNanos() - slice.timeNanos(0));
      }
    }
    slice.clear();
    held = null;
    heldSince = 0;
    if (chunk.unpin()) {
      topic.memory().unpin(chunk.memoryBytes());
    }
  }

  /**
   * Ends it for a reason that its transport is to tell: the reading thread finds {@link
   * Event#ENDED} and {@link #end()}. One that is stuck in a write for a second is got rid of, as
   * {@link #onEvict} says. Any thread.
   */
  public void end(BrokerException reason) {
    if (!ended.compareAndSet(null, new Ending(reason))) {
      return;
    }
    LockSupport.unpark(thread);
    Thread.ofVirtual()
        .name("emque-goodbye")
        .start(
            () -> {
              LockSupport.parkNanos(this, PATIENCE_NANOS);
              runHardClose();
            });
  }

  /** The broker gets rid of it; false when it had ended before. */
  boolean evict(BrokerException reason) {
    if (!ended.compareAndSet(null, new Ending(reason))) {
      return false;
    }
    LockSupport.unpark(thread);
    runHardClose();
    return true;
  }

  private void runHardClose() {
    Runnable action;
    synchronized (this) {
      action = hardClose;
      hardClose = null;
    }
    if (action != null) {
      Thread.ofVirtual().name("emque-evict").start(action);
    }
  }

  void wake() {
    LockSupport.unpark(thread);
  }

  @Nullable Thread parkedThread() {
    return thread;
  }

  long position() {
    return position;
  }

  /** How many messages it has yet to read that the log has dropped. */
  long behindLog() {
    return Math.max(0, topic.oldestOffset() - position);
  }

  long missed() {
    return missed;
  }

  String protocol() {
    return protocol;
  }

  SlowPolicy slow() {
    return slow;
  }

  boolean hasEnded() {
    return ended.get() != null;
  }

  /**
   * Since when it writes from a chunk that its log has dropped ({@link System#nanoTime}); 0 when it
   * does not.
   */
  long stalledSince() {
    Chunk chunk = held;
    return chunk != null && chunk.dropped() ? heldSince : 0;
  }

  /** The chunk that {@link #stalledSince} speaks of, or null. */
  @Nullable Chunk heldChunk() {
    return held;
  }

  /** The refusal that a reader too slow for its policy ends with. */
  static BrokerException tooSlow(String topic, long missed) {
    return new BrokerException(
        ErrorCode.SLOW_CONSUMER,
        "subscriber of topic \""
            + topic
            + "\" fell "
            + missed
            + " messages off the retained log; read faster, raise retention, or use slow=skip");
  }

  private record Ending(@Nullable BrokerException reason) {}
}
