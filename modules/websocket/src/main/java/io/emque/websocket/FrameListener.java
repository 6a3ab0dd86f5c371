package io.emque.websocket;

import io.helidon.websocket.WsListener;

/**
 * A listener that takes payloads where they were received, without an object per message. Its
 * {@code onMessage} methods are not called. All methods are called by the connection's one reading
 * thread.
 */
public interface FrameListener extends WsListener {
  /**
   * Part of a data message, or the whole of it. Messages of up to 64 KiB in one binary frame come
   * whole.
   *
   * @param session of this package
   * @param array holds the unmasked bytes; they stay as they are until the next {@link #onBatchEnd}
   *     has returned
   * @param text whether the message is text; its UTF-8 has been checked as far as it came
   * @param last whether the message ends here
   */
  void onFrame(
      WebSocketSession session, byte[] array, int offset, int length, boolean text, boolean last);

  /**
   * What is received lies in so much memory from here on, though it may be idle. Must not block for
   * long; when it throws, the connection ends.
   */
  default void onBuffer(WebSocketSession session, int bytes) {}

  /**
   * All that was received has been handed over; the thread is about to wait for more, or to end the
   * connection because of a close frame or a fault that came behind. In that case {@link #onClose}
   * follows, and the session can still be written to.
   */
  void onBatchEnd(WebSocketSession session);
}
