package io.emque.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Close codes and payloads (RFC 6455, section 7.4). */
final class CloseCodes {
  static final int NO_CODE = 1005;
  static final int ABNORMAL = 1006;
  static final int INTERNAL_ERROR = 1011;
  static final int SERVICE_RESTART = 1012;
  private static final int MAX_REASON = 123;

  private CloseCodes() {}

  /** Whether an endpoint may put the code into a close frame. */
  static boolean mayBeReceived(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1014)
        || (code >= 3000 && code <= 4999);
  }

  /** Code and reason; the reason is cut to 123 bytes between two characters. */
  static byte[] payload(int code, String reason) {
    byte[] text = reason.getBytes(UTF_8);
    int length = Math.min(text.length, MAX_REASON);
    while (length > 0 && length < text.length && (text[length] & 0xC0) == 0x80) {
      length--;
    }
    var payload = new byte[2 + length];
    payload[0] = (byte) (code >>> 8);
    payload[1] = (byte) code;
    System.arraycopy(text, 0, payload, 2, length);
    return payload;
  }
}
