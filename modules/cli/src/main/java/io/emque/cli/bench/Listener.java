package io.emque.cli.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What one subscriber heard: checks that each stream of its channel comes whole and in order, and
 * times each message.
 *
 * <p><b>Threads:</b> one, the source's, between {@link #begin} and {@link #end}; the counts may be
 * read by any, and are right once the source has ended.
 */
final class Listener {
  /*
   * next[i]   the place that is due of the channel's i-th stream. Written by the source's thread;
   *           publishers read it to see what is under way, where an old value only makes them wait.
   * waiters   publishers that wait for this listener. Raised before they look at next once more;
   *           end() stores next, then looks at it: a full fence on both sides, so one sees the other.
   */
  private static final VarHandle NEXT = MethodHandles.arrayElementVarHandle(long[].class);

  private final Plan.Seat seat;
  private final int run;
  private final int channels;
  private final int payloadBytes;
  private final Latencies.Stripe stripe;
  private final CountDownLatch heard;
  private final long[] next;
  private final AtomicInteger waiters = new AtomicInteger();
  private List<Flow> flows = List.of(); // of the channel; set before the source begins
  private @Nullable Holes[] holes = {}; // by stream, once there is one
  private volatile boolean probed;
  private volatile long measureFrom = Long.MAX_VALUE;

  // The source's thread.
  private long now;
  private long from;

  // Under the stripe's lock, which a batch holds.
  private long gotNow;
  private long measuredNow;
  private long duplicates;
  private long disordered;
  private long damaged;
  private long foreign;

  // Written at the end of a batch.
  private volatile long got;
  private volatile long measured;
  private volatile long lastMicros;

  /**
   * @param heard counted down when the first probe comes
   */
  Listener(
      Plan.Seat seat,
      Plan plan,
      BenchOptions options,
      int run,
      Latencies all,
      CountDownLatch heard) {
    this.seat = seat;
    this.run = run;
    this.channels = plan.channels().size();
    this.payloadBytes = options.payloadBytes();
    this.stripe = all.stripe(seat.index());
    this.heard = heard;
    this.next = new long[seat.channel().streams()];
  }

  Plan.Seat seat() {
    return seat;
  }

  void flows(List<Flow> ofChannel) {
    flows = ofChannel;
  }

  /** Messages due from then on are timed and counted. */
  void measureFrom(long micros) {
    measureFrom = micros;
  }

  boolean probed() {
    return probed;
  }

  // ---- the source's thread

  /** A batch of messages has come. */
  void begin(long nowMicros) {
    now = nowMicros;
    from = measureFrom;
    stripe.lock.lock();
  }

  /** A message, by its {@link Stamp}. */
  void message(long first, long second, long length) {
    if (Stamp.run(first) != run) {
      foreign++;
      return;
    }
    int stream = Stamp.stream(second);
    int place = stream / channels;
    if (length != payloadBytes
        || stream % channels != seat.channel().index()
        || place >= next.length) {
      damaged++;
      return;
    }
    long at = Stamp.place(first);
    if (at == next[place]) {
      NEXT.setOpaque(next, place, at + 1);
    } else if (!odd(place, at)) {
      return;
    }
    gotNow++;
    int age = Stamp.ageMicros(second, now);
    if (now - age >= from) {
      measuredNow++;
      stripe.record(age);
    }
  }

  /** A message that was not due next; returns whether it counts. */
  private boolean odd(int place, long at) {
    if (at == Stamp.PROBE) {
      if (!probed) {
        probed = true;
        heard.countDown();
      }
      return false;
    }
    if (at > next[place]) {
      holes(place).add(next[place], at);
      NEXT.setOpaque(next, place, at + 1);
      return true;
    }
    if (holes(place).fill(at)) {
      disordered++;
      return true;
    }
    duplicates++;
    return false;
  }

  private Holes holes(int place) {
    if (holes.length == 0) {
      holes = new Holes[next.length];
    }
    Holes found = holes[place];
    if (found == null) {
      found = new Holes();
      holes[place] = found;
    }
    return found;
  }

  /** The batch ends: whoever waits for it goes on. */
  void end() {
    stripe.lock.unlock();
    if (gotNow != got) {
      got = gotNow;
      if (measuredNow != measured) {
        measured = measuredNow;
        lastMicros = now;
      }
    }
    VarHandle.fullFence();
    if (waiters.get() > 0) {
      for (Flow flow : flows) {
        flow.heard(this);
      }
    }
  }

  // ---- publishers

  /** The place that is due of a stream of the channel. */
  long next(int place) {
    return (long) NEXT.getOpaque(next, place);
  }

  AtomicInteger waiters() {
    return waiters;
  }

  // ---- figures

  /** Different messages that came, warm-up included. */
  long got() {
    return got;
  }

  /** Of these, those due when it was measured. */
  long measured() {
    return measured;
  }

  /** When the last one of these came. */
  long lastMicros() {
    return lastMicros;
  }

  /** What was wrong so far. */
  Faults faults() {
    stripe.lock.lock();
    try {
      return new Faults(duplicates, disordered, damaged, foreign);
    } finally {
      stripe.lock.unlock();
    }
  }

  /**
   * What was wrong.
   *
   * @param duplicates messages that had come before
   * @param disordered messages that came after later ones of their stream
   * @param damaged messages that were not as they were sent
   * @param foreign messages of somebody else, which is no fault
   */
  record Faults(long duplicates, long disordered, long damaged, long foreign) {
    static final Faults NONE = new Faults(0, 0, 0, 0);

    Faults plus(Faults other) {
      return new Faults(
          duplicates + other.duplicates,
          disordered + other.disordered,
          damaged + other.damaged,
          foreign + other.foreign);
    }
  }
}
