package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.jspecify.annotations.Nullable;

/** What a WebSocket client says to go on with another token: a text frame {@code renew TOKEN}. */
final class Renewal {
  /** Longer ones are cut, and so refused. */
  static final int MAX_BYTES = 32 * 1024;

  private static final byte[] WORD = "renew ".getBytes(US_ASCII);

  private Renewal() {}

  /** The token; null when the frame says something else. */
  static @Nullable String token(byte[] array, int offset, int length) {
    if (length < WORD.length) {
      return null;
    }
    for (int i = 0; i < WORD.length; i++) {
      if (array[offset + i] != WORD[i]) {
        return null;
      }
    }
    return new String(array, offset + WORD.length, length - WORD.length, US_ASCII).strip();
  }
}
