package io.emque.frames;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Checks UTF-8 (RFC 3629) that comes in pieces, and fails at the first byte that cannot be right.
 */
public final class Utf8Check {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long HIGH_BITS = 0x8080808080808080L;

  private int pending; // continuation bytes still due
  private int low = 0x80; // the range that the next one must lie in
  private int high = 0xBF;

  /** Nothing has been seen yet. */
  public Utf8Check() {}

  /** Whether these bytes are valid UTF-8 as they stand. */
  public static boolean isValid(byte[] bytes, int from, int to) {
    var check = new Utf8Check();
    return check.accepts(bytes, from, to) && check.isComplete();
  }

  /** Returns false when the bytes so far cannot be the beginning of valid UTF-8. */
  public boolean accepts(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      if (pending == 0) {
        while (i + 8 <= to && ((long) LONGS.get(bytes, i) & HIGH_BITS) == 0) {
          i += 8;
        }
        if (i == to) {
          return true;
        }
      }
      int b = bytes[i++] & 0xff;
      if (pending > 0) {
        if (b < low || b > high) {
          return false;
        }
        pending--;
        low = 0x80;
        high = 0xBF;
      } else if (b >= 0x80 && !begins(b)) {
        return false;
      }
    }
    return true;
  }

  private boolean begins(int b) {
    if (b < 0xC2 || b > 0xF4) {
      return false;
    }
    pending = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
    switch (b) {
      case 0xE0 -> low = 0xA0; // no overlong forms
      case 0xED -> high = 0x9F; // no surrogates
      case 0xF0 -> low = 0x90; // no overlong forms
      case 0xF4 -> high = 0x8F; // nothing beyond U+10FFFF
      default -> {}
    }
    return true;
  }

  /** Whether the bytes so far end with a whole character. */
  public boolean isComplete() {
    return pending == 0;
  }

  /** Begins anew. */
  public void reset() {
    pending = 0;
    low = 0x80;
    high = 0xBF;
  }
}
