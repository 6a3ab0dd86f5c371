package io.emque.transport.http;

import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.engine.Reader;

/**
 * What a subscriber is told when the broker stops: where it stands, and when to come back.
 *
 * @param topic the topic
 * @param after the last message before the next one to come: resume after it
 * @param retryMillis when to come back, from now
 */
public record Moved(String topic, Cursor after, long retryMillis) {
  private static final int MAX_REASON = 123; // of a close frame

  static Moved from(Reader reader, long retryMillis) {
    Cursor next = reader.next();
    return new Moved(
        reader.topic(), new Cursor(next.epoch(), Math.max(-1, next.offset() - 1)), retryMillis);
  }

  /** The reason of a WebSocket's close; without a cursor that is too long for it. */
  String closeReason() {
    String code = "{\"code\":\"" + ErrorCode.DRAINING + "\",\"retryMillis\":" + retryMillis;
    String whole = code + ",\"after\":\"" + after + "\"}";
    return whole.length() <= MAX_REASON ? whole : code + "}";
  }
}
