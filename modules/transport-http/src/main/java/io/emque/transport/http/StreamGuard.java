package io.emque.transport.http;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Gets a stream's thread out of a write that its client does not let end. Nothing is interrupted
 * once the stream is {@link #finished}.
 */
final class StreamGuard {
  private static final long PATIENCE_SECONDS = 1;

  private final ConnectionWatch watch;
  private final Thread thread;
  private final CountDownLatch done = new CountDownLatch(1);

  /** Guards the calling thread, which is the stream's. */
  StreamGuard(ConnectionWatch watch) {
    this(watch, Thread.currentThread());
  }

  StreamGuard(ConnectionWatch watch, Thread thread) {
    this.watch = watch;
    this.thread = thread;
  }

  /**
   * The client has gone. Over HTTP/2 the thread may wait for a window that nobody opens any more;
   * over HTTP/1.1 a broken socket ends the write by itself.
   */
  void gone() {
    if (watch.http2()) {
      interrupt();
    }
  }

  /**
   * The broker must get rid of the stream. What it shares with others, an HTTP/2 connection, is
   * ended only when its client does not read at all. Blocks for at most a second.
   */
  void evict() {
    interrupt();
    try {
      if (watch.http2() && !done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        watch.shieldedWriter().breakWrite();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void interrupt() {
    if (done.getCount() == 0) {
      return;
    }
    if (watch.http2()) {
      watch.shieldedWriter().interrupt(thread);
    } else {
      thread.interrupt();
    }
  }

  /** The stream writes nothing more; its thread is interrupted no more. */
  synchronized void finished() {
    done.countDown();
    if (Thread.currentThread() == thread) {
      Thread.interrupted();
    }
  }
}
