package io.emque.transport.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Looks for bytes eight at a time. A word is searched as a whole for whether it holds one (Hacker's
 * Delight, section 6-1), and byte by byte only where it does.
 */
final class ByteScan {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private ByteScan() {}

  /** Where {@code wanted}, an ASCII character, stands first; {@code to} when it does not. */
  static int indexOf(byte[] bytes, int from, int to, char wanted) {
    long pattern = ONES * wanted;
    int i = from;
    while (i + 8 <= to && zeros((long) LONGS.get(bytes, i) ^ pattern) == 0) {
      i += 8;
    }
    while (i < to && bytes[i] != wanted) {
      i++;
    }
    return i;
  }

  /** Where a byte stands first that is not ASCII, or ends a line; {@code to} when none does. */
  static int indexOfLineEndOrBeyondAscii(byte[] bytes, int from, int to) {
    int i = from;
    while (i + 8 <= to && lineEndOrBeyondAscii((long) LONGS.get(bytes, i)) == 0) {
      i += 8;
    }
    while (i < to && bytes[i] >= 0 && bytes[i] != '\n' && bytes[i] != '\r') {
      i++;
    }
    return i;
  }

  private static long lineEndOrBeyondAscii(long word) {
    return (word & HIGH_BITS) | zeros(word ^ (ONES * '\n')) | zeros(word ^ (ONES * '\r'));
  }

  /**
   * Where a byte stands first that a JSON string cannot hold as it is: a control character, a quote
   * or a backslash; {@code to} when none does.
   */
  static int indexOfEscaped(byte[] bytes, int from, int to) {
    int i = from;
    while (i + 8 <= to && escaped((long) LONGS.get(bytes, i)) == 0) {
      i += 8;
    }
    while (i < to && !isEscaped(bytes[i])) {
      i++;
    }
    return i;
  }

  private static boolean isEscaped(int b) {
    return (b >= 0 && b < 0x20) || b == '"' || b == '\\' || b == 0x7f;
  }

  private static long escaped(long word) {
    long control = (word - ONES * 0x20) & ~word & HIGH_BITS;
    return control
        | zeros(word ^ (ONES * '"'))
        | zeros(word ^ (ONES * '\\'))
        | zeros(word ^ (ONES * 0x7f));
  }

  /** Not 0 exactly when one of the eight bytes is 0. */
  private static long zeros(long word) {
    return (word - ONES) & ~word & HIGH_BITS;
  }
}
