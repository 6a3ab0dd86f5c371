package io.emque.cli.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A stream as its publisher sees it: how many messages were sent and how many may follow. A message
 * is under way until every listener of the channel has it, or, where nobody listens, until the
 * server has answered it.
 *
 * <p><b>Threads:</b> the publisher's; {@link #heard} and {@link #sent()} any.
 */
final class Flow {
  /** Without progress for so long, what is under way is given up: a server may have dropped it. */
  private static final long GIVE_UP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Plan.Stream stream;
  private final List<Listener> listeners;
  private final Lane lane;
  private final long window;
  private volatile long sent;
  private long sentNow;
  private long room;
  private long givenUp; // places before this one are not waited for

  // Written by the publisher while it waits.
  private volatile @Nullable Listener waitsFor;
  private volatile long target;
  private volatile @Nullable Thread waiter;

  /**
   * @param window most messages under way; 0 for no limit
   */
  Flow(Plan.Stream stream, List<Listener> listeners, Lane lane, long window) {
    this.stream = stream;
    this.listeners = listeners;
    this.lane = lane;
    this.window = window;
  }

  Plan.Stream stream() {
    return stream;
  }

  Lane lane() {
    return lane;
  }

  /** Messages sent, or about to be. Any thread. */
  long sent() {
    return sent;
  }

  /** Whether a message may go now, by what was seen of others last, and now. */
  boolean hasRoom() {
    if (window == 0 || room > 0) {
      return true;
    }
    room = window - underWay();
    return room > 0;
  }

  /** One more message; returns its place. */
  long take() {
    room--;
    long place = sentNow;
    sentNow = place + 1;
    return place;
  }

  /** Tells others of what was taken. */
  void tell() {
    sent = sentNow;
  }

  private long underWay() {
    return sentNow - Math.max(givenUp, reached());
  }

  /** The place that every listener, or the server, has got to. */
  private long reached() {
    if (listeners.isEmpty()) {
      return sentNow - lane.answers().unanswered();
    }
    long least = Long.MAX_VALUE;
    for (Listener listener : listeners) {
      least = Math.min(least, listener.next(stream.place()));
    }
    return least;
  }

  /**
   * Waits until half of the window is free. Everything must have been flushed.
   *
   * @param stopped looked at now and then
   */
  void awaitRoom(Stopped stopped) {
    long progressed = System.nanoTime();
    long before = reached();
    while (!stopped.now()) {
      long wanted = sentNow - window / 2;
      if (reached() >= wanted) {
        break;
      }
      waitFor(slowest(), wanted);
      long after = reached();
      if (after != before) {
        before = after;
        progressed = System.nanoTime();
      } else if (System.nanoTime() - progressed > GIVE_UP_NANOS) {
        givenUp = sentNow;
        break;
      }
    }
    room = window - underWay();
  }

  private @Nullable Listener slowest() {
    Listener slowest = null;
    for (Listener listener : listeners) {
      if (slowest == null || listener.next(stream.place()) < slowest.next(stream.place())) {
        slowest = listener;
      }
    }
    return slowest;
  }

  private void waitFor(@Nullable Listener listener, long wanted) {
    if (listener == null) {
      lane.answers().await(window / 2, LOOK_NANOS);
      return;
    }
    target = wanted;
    waiter = Thread.currentThread();
    waitsFor = listener;
    listener.waiters().incrementAndGet();
    try {
      if (listener.next(stream.place()) < wanted) {
        LockSupport.parkNanos(this, LOOK_NANOS);
      }
    } finally {
      listener.waiters().decrementAndGet();
      waitsFor = null;
    }
  }

  /** The listener has got further; wakes the publisher if that is what it waits for. Any thread. */
  void heard(Listener listener) {
    if (waitsFor == listener && listener.next(stream.place()) >= target) {
      LockSupport.unpark(waiter);
    }
  }

  /** Whether the run is over for publishers. */
  interface Stopped {
    boolean now();
  }
}
