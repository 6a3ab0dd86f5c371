package io.emque.transport.http;

import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.limits.LiveLimits.Overdue;
import io.emque.transport.http.limits.Who;
import io.helidon.common.buffers.DataWriter;
import io.helidon.webserver.ConnectionContext;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells the streams of a connection that their client has gone. A handler that waits for messages
 * does not see the end of its connection; its watch does. And it sees when a client keeps the
 * connection waiting for too long.
 */
final class ConnectionWatch {
  /** The watch of the connection whose request is being handled. */
  static final ScopedValue<ConnectionWatch> CURRENT = ScopedValue.newInstance();

  private static final Duration SILENT = Duration.ofSeconds(1);

  private final ConnectionContext context;
  private final LiveLimits limits;
  private final Who who;
  private final OpenStreams open = new OpenStreams();
  private final Patience patience;
  private final ShieldedWriter writer;
  private final TimedWriter timed;
  private @Nullable RemotePeer remotePeer; // once asked for; two threads may find out the same
  private int subscriptions; // under the monitor
  private volatile boolean last; // answer has been given
  private @Nullable Map<Integer, Runnable> streams = new HashMap<>(2); // null once it has ended
  private boolean http2; // set once, before any handler runs
  private volatile long waitingSince; // for the rest of a request; 0 while nobody does
  private volatile @Nullable Thread waiting;
  private volatile @Nullable Overdue overdue;

  ConnectionWatch(ConnectionContext context, LiveLimits limits) {
    this.context = context;
    this.limits = limits;
    this.who =
        Who.at(
            context.remotePeer().address() instanceof InetSocketAddress address
                ? address.getAddress()
                : null);
    this.patience = new Patience(limits);
    this.writer = new ShieldedWriter(context.dataWriter(), open, patience);
    this.timed = new TimedWriter(context.dataWriter());
  }

  /** What clients may take. */
  LiveLimits limits() {
    return limits;
  }

  /** Whose connection it is. */
  Who who() {
    return who;
  }

  /** Whom it is with. */
  RemotePeer remotePeer() {
    RemotePeer known = remotePeer;
    if (known == null) {
      known = RemotePeer.of(context.remotePeer());
      remotePeer = known;
    }
    return known;
  }

  /** How long the client lets it wait. */
  Patience patience() {
    return patience;
  }

  /** The connection itself, without the watch. */
  ConnectionContext context() {
    return context;
  }

  boolean http2() {
    return http2;
  }

  /** The protocol has been found out. */
  void http2(boolean is) {
    http2 = is;
  }

  /** What the streams of an HTTP/2 connection write through. */
  ShieldedWriter shieldedWriter() {
    return writer;
  }

  /** What the connection writes through. */
  DataWriter dataWriter() {
    return http2 ? writer : timed;
  }

  // ---- silence

  /** The connection's thread begins to wait for bytes. */
  void waitBegins() {
    waiting = Thread.currentThread();
    waitingSince = System.nanoTime() | 1;
  }

  /** Bytes have come, or the end. */
  void waitEnds() {
    waitingSince = 0;
    waiting = null;
  }

  /**
   * How long nothing has come that is waited for, with nothing being done for the client meanwhile.
   */
  Duration silence() {
    long since = waitingSince;
    boolean quiet = since != 0 && !hasStreams();
    return quiet ? Duration.ofNanos(System.nanoTime() - since) : Duration.ZERO;
  }

  /** Ends the connection of a client that began a request and then fell silent. */
  void endIfSilent() {
    Thread reader = waiting;
    if (reader != null && (overdue != null || silence().compareTo(SILENT) > 0)) {
      reader.interrupt();
    }
  }

  private synchronized boolean hasStreams() {
    return subscriptions > 0 || (streams != null && !streams.isEmpty());
  }

  // ---- slowness

  /**
   * Whether the client has kept the connection waiting for too long; what takes too long inside it
   * is ended. The server's timer asks.
   *
   * @param idle how long the server has had nothing to do for it
   */
  boolean isOverdue(Duration idle) {
    if (overdue == null) {
      if (patience.isOverdue()) {
        overdue = Overdue.REQUEST;
      } else if (patience.isUnread(http2 ? writer.since() : timed.since()) && !hasStreams()) {
        overdue = Overdue.WRITE;
        limits.overdue(Overdue.WRITE);
      } else if (idle.compareTo(limits.current().timeouts().idle()) > 0) {
        overdue = Overdue.IDLE;
        limits.overdue(Overdue.IDLE);
      }
    }
    return overdue != null;
  }

  /** Ends a connection whose client does not read. */
  void endIfUnread() {
    if (overdue == Overdue.WRITE) {
      writer.breakWrite();
      timed.breakWrite();
    }
  }

  /** Gets a request's thread out of waiting; over HTTP/1.1 that ends the connection. */
  void interrupt(Thread thread) {
    if (http2) {
      writer.interrupt(thread);
    } else {
      thread.interrupt();
    }
  }

  /** The client has been answered for the last time: it asked for the end of the connection. */
  void lastAnswered() {
    last = true;
  }

  boolean isOver() {
    return last;
  }

  // ---- subscriptions

  /**
   * One more.
   *
   * @throws io.emque.api.BrokerException when the connection has as many as it may
   */
  synchronized void subscribe() {
    limits.subscriptionBegins(subscriptions);
    subscriptions++;
  }

  /** One less. */
  synchronized void unsubscribe() {
    subscriptions--;
    limits.subscriptionEnds();
  }

  // ---- streams

  /** The streams of an HTTP/2 connection that are not closed. */
  OpenStreams open() {
    return open;
  }

  /**
   * Calls {@code gone}, once, when the client has ended the stream or the connection; at once when
   * it has already. It must not block.
   *
   * @param stream the request's id
   */
  void watch(int stream, Runnable gone) {
    synchronized (this) {
      if (streams != null) {
        streams.put(stream, gone);
        return;
      }
    }
    gone.run();
  }

  /** The stream ends by itself. */
  synchronized void forget(int stream) {
    if (streams != null) {
      streams.remove(stream);
    }
  }

  /** The client has reset a stream. */
  void streamEnded(int stream) {
    Runnable gone;
    synchronized (this) {
      gone = streams == null ? null : streams.remove(stream);
    }
    if (gone != null) {
      gone.run();
    }
  }

  /** The connection is over. */
  void connectionEnded() {
    Map<Integer, Runnable> all;
    synchronized (this) {
      all = streams;
      streams = null;
    }
    if (all != null) {
      all.values().forEach(Runnable::run);
    }
  }
}
