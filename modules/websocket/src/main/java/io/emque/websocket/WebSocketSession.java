package io.emque.websocket;

import io.helidon.websocket.WsSession;

/**
 * A {@link WsSession} whose methods may be called from any thread: one lock per connection orders
 * all writes. After {@link #close} was called nothing more is written.
 */
public interface WebSocketSession extends WsSession {
  /**
   * Writes complete server frames in one socket write. Blocks while the peer does not read.
   *
   * @param frames unmasked frames, back to back
   * @return false when nothing was written because the session is closed or closing
   * @throws java.io.UncheckedIOException when the connection is broken
   */
  boolean write(byte[] frames, int offset, int length);

  /** Whether neither side has begun to close. */
  boolean isOpen();

  /**
   * Ends the connection without a word, also when a thread is stuck in a write. Does not block. The
   * listener's {@code onClose} or {@code onError} follows on the connection's thread.
   */
  void abort();
}
