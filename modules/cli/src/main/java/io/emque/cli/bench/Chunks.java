package io.emque.cli.bench;

import java.io.EOFException;
import java.io.IOException;

/** Takes the framing out of a chunked body, where it was received. One thread. */
final class Chunks {
  private static final int MOST_HEAD = 4_096;

  private long left; // of the chunk
  private long size; // as far as its digits were read
  private boolean inHead = true;
  private boolean inDigits = true;
  private int head; // bytes of it

  /**
   * Moves what is body to the front.
   *
   * @return the index after the body
   * @throws EOFException at the last chunk
   */
  int decode(byte[] bytes, int from, int to) throws IOException {
    int at = from;
    int out = from;
    while (at < to) {
      if (!inHead) {
        int n = (int) Math.min(left, to - at);
        if (out != at) {
          System.arraycopy(bytes, at, bytes, out, n);
        }
        at += n;
        out += n;
        left -= n;
        if (left == 0) {
          inHead = true;
          inDigits = true;
          size = 0;
          head = 0;
        }
        continue;
      }
      head(bytes[at++]);
    }
    return out;
  }

  /** The line end of the chunk before, digits, perhaps an extension, a line end. */
  private void head(byte next) throws IOException {
    if (++head > MOST_HEAD) {
      throw new IOException("the server's answer is not chunked as it says");
    }
    int digit = Character.digit(next, 16);
    if (digit >= 0 && inDigits) {
      size = size << 4 | digit;
    } else if (next == '\n' && head > 2) {
      if (size == 0) {
        throw new EOFException("ended by the server");
      }
      left = size;
      inHead = false;
    } else if (next != '\r' && next != '\n') {
      inDigits = false;
    }
  }
}
