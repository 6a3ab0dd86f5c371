package io.emque.transport.http;

import io.helidon.common.buffers.DataWriter;
import io.helidon.webserver.ConnectionContext;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells the streams of a connection that their client has gone. A handler that waits for messages
 * does not see the end of its connection; its watch does.
 */
final class ConnectionWatch {
  /** The watch of the connection whose request is being handled. */
  static final ScopedValue<ConnectionWatch> CURRENT = ScopedValue.newInstance();

  private static final Duration SILENT = Duration.ofSeconds(1);

  private final ConnectionContext context;
  private final OpenStreams open = new OpenStreams();
  private final ShieldedWriter writer;
  private @Nullable Map<Integer, Runnable> streams = new HashMap<>(2); // null once it has ended
  private boolean http2; // set once, before any handler runs
  private volatile long waitingSince; // for the rest of a request; 0 while nobody does
  private volatile @Nullable Thread waiting;

  ConnectionWatch(ConnectionContext context) {
    this.context = context;
    this.writer = new ShieldedWriter(context.dataWriter(), open);
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
    return http2 ? writer : context.dataWriter();
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
    if (reader != null && silence().compareTo(SILENT) > 0) {
      reader.interrupt();
    }
  }

  private synchronized boolean hasStreams() {
    return streams != null && !streams.isEmpty();
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
