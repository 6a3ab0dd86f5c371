package io.emque.testkit.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decisions read off an input, byte by byte, for tests that make something of it that has a
 * structure. Behind its end there are zeros. One thread.
 */
public final class Choices {
  private final byte[] input;
  private int at;

  /** Decisions of this input. */
  public Choices(byte[] input) {
    this.input = input;
  }

  /** Whether all of it was used. */
  public boolean isOver() {
    return at >= input.length;
  }

  /** One byte, 0 to 255. */
  public int octet() {
    return at < input.length ? input[at++] & 0xff : 0;
  }

  /** Yes or no. */
  public boolean flag() {
    return (octet() & 1) != 0;
  }

  /** 0 to {@code limit - 1}. */
  public int below(int limit) {
    int value = octet();
    for (long reach = 256; reach < limit; reach <<= 8) {
      value = value << 8 | octet();
    }
    return Integer.remainderUnsigned(value, limit);
  }

  /** Eight bytes. */
  public long number() {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = value << 8 | octet();
    }
    return value;
  }

  /** One of these. */
  @SafeVarargs
  public final <T> T pick(T... from) {
    return from[below(from.length)];
  }

  /** The next bytes, as many as a decision says. */
  public byte[] bytes(int most) {
    int length = Math.min(below(most + 1), input.length - at);
    at += length;
    return Arrays.copyOfRange(input, at - length, at);
  }

  /** The next bytes read as UTF-8; those that are not become U+FFFD. */
  public String text(int mostBytes) {
    return new String(bytes(mostBytes), StandardCharsets.UTF_8);
  }

  /** What is left. */
  public byte[] rest() {
    byte[] rest = Arrays.copyOfRange(input, Math.min(at, input.length), input.length);
    at = input.length;
    return rest;
  }
}
