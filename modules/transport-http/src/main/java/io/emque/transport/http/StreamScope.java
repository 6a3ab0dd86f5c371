package io.emque.transport.http;

import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.limits.Who;
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
   * @param streams what a server that stops waits for; null when not for this one, which is then no
   *     subscription
   * @throws io.emque.api.BrokerException when the connection has as many subscriptions as it may
   */
  StreamScope(Thread thread, @Nullable Streams streams) {
    this.guard = new StreamGuard(watch, thread);
    this.streams = streams;
    if (streams != null) {
      watch.subscribe();
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

  /** What clients may take. */
  public LiveLimits limits() {
    return watch.limits();
  }

  /** Whom the connection is with. */
  RemotePeer remotePeer() {
    return watch.remotePeer();
  }

  /** Whose connection it is. */
  public Who who() {
    return watch.who();
  }

  /**
   * A message is being received, which must come steadily.
   *
   * @param tooSlow ends it
   * @return what is told of each piece, and closed
   */
  public Receiving receiving(Runnable tooSlow) {
    Patience.Body body = watch.patience().body(tooSlow);
    return new Receiving() {
      @Override
      public void received(int bytes) {
        body.received(bytes);
      }

      @Override
      public void close() {
        body.close();
      }
    };
  }

  /**
   * The calling thread begins to write an answer, which the client must read.
   *
   * @param stream the HTTP/2 stream's id
   */
  public void answering(int stream) {
    Thread writer = Thread.currentThread();
    watch.patience().answering(stream, () -> watch.shieldedWriter().interrupt(writer));
  }

  /** The answer is written. */
  public void answered(int stream) {
    watch.patience().answered(stream);
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

  /** A message that is being received. One thread. */
  public interface Receiving extends AutoCloseable {
    /** Some more of it has come. */
    void received(int bytes);

    @Override
    void close();
  }

  @Override
  public void close() {
    guard.finished();
    forget();
    if (streams != null) {
      watch.unsubscribe();
      streams.end();
    }
  }
}
