package io.emque.transport.http;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A stream that another protocol has on a connection of this port: it learns of the connection's
 * end, and gets its thread out of writes that its client does not let end. Made and closed inside a
 * request of the connection.
 */
public final class StreamScope implements AutoCloseable {
  private static final AtomicInteger IDS = new AtomicInteger(); // negative: unlike any request's

  private final @Nullable Streams streams;
  private final ConnectionWatch watch = ConnectionWatch.CURRENT.get();
  private final StreamGuard guard;
  private final int id = IDS.decrementAndGet();

  /**
   * @param thread whose writes these are
   * @param streams what a server that stops waits for; null when not for this one
   */
  StreamScope(Thread thread, @Nullable Streams streams) {
    this.guard = new StreamGuard(watch, thread);
    this.streams = streams;
    if (streams != null) {
      streams.begin();
    }
  }

  /** Calls {@code gone}, once, when the connection ends, and then gets the thread out of writes. */
  public void onGone(Runnable gone) {
    watch.watch(
        id,
        () -> {
          gone.run();
          guard.gone();
        });
  }

  /** The client has ended the stream: the thread is got out of a write. Any thread. */
  public void cancelled() {
    guard.gone();
  }

  /** The broker must get rid of the stream. Blocks for at most a second. Any thread. */
  public void evict() {
    guard.evict();
  }

  /** The stream's thread is interrupted no more: it says goodbye. */
  public void finished() {
    guard.finished();
  }

  /** The connection's end is of no interest any more. Any thread. */
  public void forget() {
    watch.forget(id);
  }

  @Override
  public void close() {
    guard.finished();
    forget();
    if (streams != null) {
      streams.end();
    }
  }
}
