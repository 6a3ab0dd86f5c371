package io.emque.transport.http;

import io.helidon.webserver.ConnectionContext;
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

  private final ConnectionContext context;
  private final boolean http2;
  private @Nullable Map<Integer, Runnable> streams = new HashMap<>(2); // null once it has ended

  ConnectionWatch(ConnectionContext context, boolean http2) {
    this.context = context;
    this.http2 = http2;
  }

  /** The connection itself, without the watch. */
  ConnectionContext context() {
    return context;
  }

  boolean http2() {
    return http2;
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
