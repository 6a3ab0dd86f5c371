package io.emque.transport.http;

import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.limits.LiveLimits.Overdue;
import io.emque.transport.http.limits.Timeouts;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * How long a client keeps its connection waiting: for the head of a request, for a body, for an
 * answer to be read. The connection's threads say what begins and ends; the server's timer looks
 * now and then, and ends what takes too long. Nothing here ends a subscriber's stream.
 */
final class Patience {
  /** A body that comes faster may take as long as it likes. */
  private static final double STEADY_BYTES_PER_SECOND = 1024;

  private final LiveLimits limits;
  private final Set<Body> bodies = ConcurrentHashMap.newKeySet(1);
  private final ConcurrentMap<Integer, Answer> answers = new ConcurrentHashMap<>(1);

  // System.nanoTime, 0 for never.
  private volatile long headSince = now(); // of the first request, before its first byte
  private volatile boolean inRequest;

  Patience(LiveLimits limits) {
    this.limits = limits;
  }

  private static long now() {
    return System.nanoTime() | 1;
  }

  // ---- heads

  /** Bytes have come over HTTP/1.1. */
  void received() {
    if (!inRequest && headSince == 0) {
      headSince = now();
    }
  }

  /** Part of a head has come over HTTP/2, or the rest of it. */
  void headIsComing(boolean coming) {
    if (!coming) {
      headSince = 0;
    } else if (headSince == 0) {
      headSince = now();
    }
  }

  /** A head is there. */
  void requestBegins() {
    inRequest = true;
    headSince = 0;
  }

  /** The answer is written; the next request may come. */
  void requestEnds() {
    inRequest = false;
  }

  // ---- bodies

  /**
   * A message is being received, which must come steadily.
   *
   * @param tooSlow ends it; not called any more when {@link Body#close} has returned
   */
  Body body(Runnable tooSlow) {
    var body = new Body(tooSlow);
    bodies.add(body);
    return body;
  }

  // ---- answers

  /**
   * An answer is being written.
   *
   * @param stream the id of its request
   * @param unread gets the writing thread out of it; not called any more when {@link #answered} has
   *     returned
   */
  void answering(int stream, Runnable unread) {
    answers.put(stream, new Answer(unread));
  }

  /** Some of a stream has been written. */
  void progress(int stream) {
    Answer answer = answers.get(stream);
    if (answer != null) {
      answer.since = now();
    }
  }

  /** It has been written, or turned out to be a stream. */
  void answered(int stream) {
    Answer answer = answers.remove(stream);
    if (answer != null) {
      answer.end();
    }
  }

  // ---- the timer

  /** Ends requests that take too long. Returns whether the connection as a whole must end. */
  boolean isOverdue() {
    Timeouts timeouts = limits.current().timeouts();
    long now = now();
    for (Body body : bodies) {
      if (body.isSlow(now, timeouts.request().toNanos())) {
        body.giveUp();
      }
    }
    for (Answer answer : answers.values()) {
      if (now - answer.since > timeouts.write().toNanos()) {
        answer.giveUp();
      }
    }
    long head = headSince;
    if (head != 0 && now - head > timeouts.request().toNanos()) {
      headSince = 0; // counted once
      limits.overdue(Overdue.REQUEST);
      return true;
    }
    return false;
  }

  /**
   * Whether a write has gone on for too long.
   *
   * @param since when it began; 0 for none
   */
  boolean isUnread(long since) {
    return since != 0 && now() - since > limits.current().timeouts().write().toNanos();
  }

  /** One message that is being received. Bytes are told by one thread. */
  final class Body implements AutoCloseable {
    private final long since = now();
    private final Runnable tooSlow;
    private volatile long bytes;
    private boolean closed; // under the monitor
    private volatile boolean givenUp;

    private Body(Runnable tooSlow) {
      this.tooSlow = tooSlow;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread
    void received(int count) {
      bytes += count;
    }

    private boolean isSlow(long now, long nanos) {
      long late = now - since - nanos;
      return late > 0 && bytes / STEADY_BYTES_PER_SECOND < late / 1e9;
    }

    private synchronized void giveUp() {
      if (!closed && !givenUp) {
        givenUp = true;
        limits.overdue(Overdue.REQUEST);
        tooSlow.run();
      }
    }

    /** Whether it was too slow. */
    boolean isGivenUp() {
      return givenUp;
    }

    @Override
    public void close() {
      bodies.remove(this);
      synchronized (this) {
        closed = true;
      }
    }
  }

  private final class Answer {
    private final Runnable unread;
    private volatile long since = now();
    private boolean ended; // under the monitor

    Answer(Runnable unread) {
      this.unread = unread;
    }

    synchronized void giveUp() {
      if (!ended) {
        ended = true;
        limits.overdue(Overdue.WRITE);
        unread.run();
      }
    }

    synchronized void end() {
      ended = true;
    }
  }
}
