package io.emque.transport.http;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A stream that another protocol has on a connection of this port: it learns of the connection's
 * end, gets its thread out of writes that its client does not let end, and is waited for when the
 * server stops. Made and closed by the stream's thread.
 */
public final class StreamScope implements AutoCloseable {
  private static final AtomicInteger IDS = new AtomicInteger(); // negative: unlike any request's

  private final Streams streams;
  private final ConnectionWatch watch = ConnectionWatch.CURRENT.get();
  private final StreamGuard guard = new StreamGuard(watch);
  private final int id = IDS.decrementAndGet();

  StreamScope(Streams streams) {
    this.streams = streams;
    streams.begin();
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

  @Override
  public void close() {
    guard.finished();
    watch.forget(id);
    streams.end();
  }
}
