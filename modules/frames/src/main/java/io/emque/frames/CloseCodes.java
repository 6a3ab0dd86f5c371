package io.emque.frames;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Close codes and payloads (RFC 6455, section 7.4). */
public final class CloseCodes {
  /** Stands for a close frame without a code. */
  public static final int NO_CODE = 1005;

  /** Stands for a connection lost without a close frame. */
  public static final int ABNORMAL = 1006;

  /** The server met a fault of its own. */
  public static final int INTERNAL_ERROR = 1011;

  /** The server restarts. */
  public static final int SERVICE_RESTART = 1012;

  private static final int MAX_REASON = 123;

  private CloseCodes() {}

  /** The code in a close frame's payload; {@link #NO_CODE} when there is none. */
  public static int code(byte[] payload, int at, int n) {
    return n < 2 ? NO_CODE : (payload[at] & 0xff) << 8 | (payload[at + 1] & 0xff);
  }

  /** The reason in a close frame's payload. */
  public static String reason(byte[] payload, int at, int n) {
    return n <= 2 ? "" : new String(payload, at + 2, n - 2, UTF_8);
  }

  /** Whether an endpoint may put the code into a close frame. */
  public static boolean mayBeReceived(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1014)
        || (code >= 3000 && code <= 4999);
  }

  /** Code and reason; the reason is cut to 123 bytes between two characters. */
  public static byte[] payload(int code, String reason) {
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
