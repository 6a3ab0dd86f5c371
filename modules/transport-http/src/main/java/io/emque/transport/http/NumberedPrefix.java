package io.emque.transport.http;

import java.util.Arrays;

/**
 * Text that ends in a number which mostly is one more than last time, as offsets are: then the
 * digits that are there are counted up. One thread.
 */
final class NumberedPrefix {
  private static final int DIGITS = 20; // of a long, with its sign

  private byte[] bytes = new byte[DIGITS];
  private int textLength;
  private int length;
  private long number = Long.MIN_VALUE;

  /** The text before the number. */
  void text(byte[] text) {
    bytes = Arrays.copyOf(text, text.length + DIGITS);
    textLength = text.length;
    number = Long.MIN_VALUE;
  }

  /** Writes the text and a number that is not negative. */
  Output put(Output out, long next) {
    if (number == Long.MIN_VALUE || next != number + 1 || !countUp()) {
      format(next);
    }
    number = next;
    return out.put(bytes, 0, length);
  }

  /** False when it takes one digit more. */
  private boolean countUp() {
    int at = length - 1;
    while (at >= textLength && bytes[at] == '9') {
      bytes[at--] = '0';
    }
    if (at < textLength) {
      return false;
    }
    bytes[at]++;
    return true;
  }

  private void format(long next) {
    String digits = Long.toString(next);
    for (int i = 0; i < digits.length(); i++) {
      bytes[textLength + i] = (byte) digits.charAt(i);
    }
    length = textLength + digits.length();
  }
}
