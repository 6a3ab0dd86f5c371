package io.emque.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/** Makes strings of valid UTF-8 that comes in pieces, which may end inside a character. */
final class TextDecoder {
  private byte[] carried = {};

  String decode(byte[] bytes, int at, int n) {
    byte[] all;
    if (carried.length == 0) {
      all = bytes;
    } else {
      all = Arrays.copyOf(carried, carried.length + n);
      System.arraycopy(bytes, at, all, carried.length, n);
      at = 0;
      n = all.length;
    }
    int whole = n - unfinished(all, at, n);
    carried = Arrays.copyOfRange(all, at + whole, at + n);
    return new String(all, at, whole, UTF_8);
  }

  /** Bytes at the end that begin a character without finishing it. */
  private static int unfinished(byte[] bytes, int at, int n) {
    for (int back = 1; back <= Math.min(3, n); back++) {
      int b = bytes[at + n - back] & 0xff;
      if (b >= 0xC0) {
        int length = b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
        return length > back ? back : 0;
      }
      if (b < 0x80) {
        return 0;
      }
    }
    return 0;
  }
}
