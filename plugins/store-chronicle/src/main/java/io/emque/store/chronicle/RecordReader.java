package io.emque.store.chronicle;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the records in a segment's file, from a position on. Confined to a thread.
 *
 * <p>Records begin at multiples of four and prove themselves; what lies between them, Chronicle's
 * headers and indexes and anything that is damaged, is stepped over four bytes at a time. No length
 * is believed that has not been proved, and nothing is read twice: a damaged file takes as long as
 * a whole one.
 */
final class RecordReader implements Closeable {
  private static final int BUFFER = 64 << 10;

  private final RandomAccessFile file;
  private final RecordFormat format;
  private final long limit;
  private final long upperOffset;
  private long position;
  private long expected;

  private byte[] buffer = new byte[BUFFER];
  private long bufferStart;
  private int buffered;

  /** Of the record found last: where it is in the buffer. */
  private int at;

  private long foundPosition = -1;
  private long missedFrom = -1;

  /**
   * @param position where to begin; a multiple of four
   * @param expected the offset of the first record that may come
   * @param upperOffset records from here on are none of this segment
   * @param limit bytes of the file that may be looked at
   */
  RecordReader(
      Path path, RecordFormat format, long position, long expected, long upperOffset, long limit)
      throws IOException {
    this.file = new RandomAccessFile(path.toFile(), "r");
    this.format = format;
    this.position = position;
    this.expected = expected;
    this.upperOffset = upperOffset;
    this.limit = Math.min(limit, file.length());
    this.bufferStart = position;
  }

  /** Goes to the next record; false at the end. */
  boolean next() throws IOException {
    while (position + RecordFormat.HEAD <= limit) {
      int head = need(RecordFormat.HEAD);
      if (!RecordFormat.hasMagic(buffer, head) || !format.isHead(buffer, head, position)) {
        position += 4;
        continue;
      }
      long length = RecordFormat.length(buffer, head);
      if (length > limit - position || length > Integer.MAX_VALUE - 16) {
        position += 4; // the file was cut in the midst of it
        continue;
      }
      long offset = RecordFormat.offset(buffer, head);
      int start = need((int) length);
      if (offset < expected || !format.isBody(buffer, start)) {
        position += RecordFormat.padded(length);
        continue;
      }
      if (offset >= upperOffset) {
        return false;
      }
      missedFrom = offset > expected ? expected : -1;
      expected = offset + 1;
      at = start;
      foundPosition = position;
      position += RecordFormat.padded(length);
      return true;
    }
    return false;
  }

  /** Makes the next bytes stand in the buffer, all within the limit; where. */
  private int need(int bytes) throws IOException {
    long end = position + bytes;
    if (position < bufferStart || end > bufferStart + buffered) {
      int kept = (int) Math.max(0, bufferStart + buffered - position);
      if (bytes > buffer.length) {
        buffer = Arrays.copyOf(moved(kept), bytes);
      } else {
        moved(kept);
      }
      bufferStart = position;
      buffered = kept;
      file.seek(position + kept);
      while (buffered < bytes) {
        // In pieces: the JDK copies each through memory of its own.
        int most =
            (int)
                Math.min(
                    Math.min(BUFFER, buffer.length - buffered), limit - bufferStart - buffered);
        int read = file.read(buffer, buffered, most);
        if (read <= 0) {
          Arrays.fill(buffer, buffered, bytes, (byte) 0); // cut while it is read
          buffered = bytes;
          break;
        }
        buffered += read;
      }
    }
    return (int) (position - bufferStart);
  }

  private byte[] moved(int kept) {
    System.arraycopy(buffer, buffered - kept, buffer, 0, kept);
    return buffer;
  }

  long offset() {
    return RecordFormat.offset(buffer, at);
  }

  long timeNanos() {
    return RecordFormat.timeNanos(buffer, at);
  }

  /** Where the record found last begins; -1 before the first. */
  long foundPosition() {
    return foundPosition;
  }

  /** Behind the record that {@link #next} has just found. */
  long position() {
    return position;
  }

  /** One past the offset found last. */
  long expected() {
    return expected;
  }

  /** The first of the offsets missing before the record found last; -1 when there are none. */
  long missedFrom() {
    return missedFrom;
  }

  @Nullable String id() {
    int length = RecordFormat.idLength(buffer, at);
    return length < 0
        ? null
        : new String(
            buffer, at + RecordFormat.HEAD, length, java.nio.charset.StandardCharsets.UTF_8);
  }

  Map<String, String> headers() {
    return RecordFormat.decode(
        buffer,
        at + RecordFormat.HEAD + Math.max(0, RecordFormat.idLength(buffer, at)),
        RecordFormat.headersLength(buffer, at));
  }

  byte[] array() {
    return buffer;
  }

  int payloadStart() {
    return at
        + RecordFormat.HEAD
        + Math.max(0, RecordFormat.idLength(buffer, at))
        + RecordFormat.headersLength(buffer, at);
  }

  int payloadLength() {
    return RecordFormat.payloadLength(buffer, at);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
