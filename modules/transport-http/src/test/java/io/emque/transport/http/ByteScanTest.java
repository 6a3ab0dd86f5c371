package io.emque.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** {@link ByteScan} beside a look at each byte. */
class ByteScanTest {
  private static final int LONGEST = 40;

  private final Random random = new Random(11);

  @Test
  void findsEveryByteValueWhereverItStands() {
    for (int value = -128; value < 128; value++) {
      for (int at = 0; at < LONGEST; at++) {
        byte[] bytes = filled();
        bytes[at] = (byte) value;
        assertSame(bytes, 0, LONGEST);
        assertSame(bytes, at, LONGEST);
        assertSame(bytes, 0, at);
      }
    }
  }

  @Test
  void findsTheFirstOfManyInAnyPart() {
    byte[] bytes = new byte[LONGEST];
    for (int round = 0; round < 100_000; round++) {
      random.nextBytes(bytes);
      int from = random.nextInt(LONGEST);
      assertSame(bytes, from, from + random.nextInt(LONGEST - from + 1));
    }
  }

  private static byte[] filled() {
    byte[] bytes = new byte[LONGEST];
    java.util.Arrays.fill(bytes, (byte) 'x');
    return bytes;
  }

  private static void assertSame(byte[] bytes, int from, int to) {
    int newline = first(bytes, from, to, b -> b == '\n');
    int escaped =
        first(bytes, from, to, b -> b >= 0 && b < 0x20 || b == '"' || b == '\\' || b == 0x7f);
    int special = first(bytes, from, to, b -> b < 0 || b == '\n' || b == '\r');
    if (ByteScan.indexOfLineEndOrBeyondAscii(bytes, from, to) != special
        || ByteScan.indexOf(bytes, from, to, '\n') != newline
        || ByteScan.indexOfEscaped(bytes, from, to) != escaped) {
      assertThat(bytes)
          .as("from %d to %d: %d, %d, %d", from, to, newline, escaped, special)
          .isNull();
    }
  }

  private static int first(byte[] bytes, int from, int to, IntPredicate wanted) {
    for (int i = from; i < to; i++) {
      if (wanted.test(bytes[i])) {
        return i;
      }
    }
    return to;
  }
}
