package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.engine.RecordFormat;
import io.emque.engine.Slice;
import java.util.Arrays;

/**
 * Bytes on their way to a {@link Sink}. It passes them on when it holds 16 KiB, so what a stalled
 * subscriber keeps in memory is bounded whatever the size of its messages. One thread.
 */
final class Output {
  private static final int SMALL = 512;
  private static final int LARGE = 16 * 1024;
  private static final byte[] DIGITS = "0123456789".getBytes(UTF_8);

  private final Sink sink;
  private byte[] buffer = new byte[SMALL];
  private int length = Sink.HEAD;

  Output(Sink sink) {
    this.sink = sink;
  }

  Output put(int b) {
    room(1);
    buffer[length++] = (byte) b;
    return this;
  }

  Output put(byte[] bytes) {
    return put(bytes, 0, bytes.length);
  }

  Output put(byte[] bytes, int offset, int count) {
    int from = offset;
    int left = count;
    while (left > 0) {
      room(1);
      int n = Math.min(left, buffer.length - Sink.TAIL - length);
      System.arraycopy(bytes, from, buffer, length, n);
      length += n;
      from += n;
      left -= n;
    }
    return this;
  }

  Output putUtf8(String text) {
    return put(text.getBytes(UTF_8));
  }

  Output putNumber(long number) {
    if (number < 0) {
      return putUtf8(Long.toString(number));
    }
    int digits = 1;
    for (long rest = number; rest >= 10; rest /= 10) {
      digits++;
    }
    room(20);
    long rest = number;
    for (int i = length + digits - 1; i >= length; i--) {
      buffer[i] = DIGITS[(int) (rest % 10)];
      rest /= 10;
    }
    length += digits;
    return this;
  }

  /**
   * Puts records of a slice that are encoded once for all who want them.
   *
   * @param i the first
   * @return how many; 0 when record {@code i} is to be encoded for this stream alone
   */
  int putEncoded(Slice slice, RecordFormat format, int i) {
    int put = 0;
    while (i + put < slice.count()) {
      int end = buffer.length - Sink.TAIL;
      int copied = slice.copyEncoded(format, i + put, buffer, length, end);
      if (copied == Slice.NOT_SHARED) {
        return put;
      }
      if (copied > 0) {
        length += slice.copiedBytes();
        put += copied;
      } else if (buffer.length < LARGE) {
        buffer = Arrays.copyOf(buffer, LARGE);
      } else if (isEmpty()) {
        return put; // larger than the buffer
      } else {
        flush();
      }
    }
    return put;
  }

  /** Makes room, by growing up to the large size and by passing on what is there beyond it. */
  private void room(int bytes) {
    int limit = buffer.length - Sink.TAIL;
    if (length + bytes <= limit) {
      return;
    }
    if (buffer.length < LARGE) {
      buffer = Arrays.copyOf(buffer, LARGE);
    } else {
      flush();
    }
  }

  boolean isEmpty() {
    return length == Sink.HEAD;
  }

  /** Passes on what is there; blocks while the client does not read. */
  void flush() {
    if (!isEmpty()) {
      int bytes = length - Sink.HEAD;
      length = Sink.HEAD;
      sink.write(buffer, bytes);
    }
  }

  /** Lets go of the memory that only a busy stream needs. It must be empty. */
  void shrink() {
    if (buffer.length > SMALL) {
      buffer = new byte[SMALL];
    }
  }
}
