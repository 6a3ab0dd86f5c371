package io.emque.store.chronicle;

import java.io.IOException;
import java.io.RandomAccessFile;

/**
 * What stands at the end of a file that was not closed: its process was killed.
 *
 * @param extent how far its records go
 * @param isWhole whether nothing can have stood behind them. A process that is killed leaves
 *     documents, one that it has not finished, and then zeros; anything else is damage.
 */
record Tail(SegmentFile.Extent extent, boolean isWhole) {
  private static final int BUFFER = 64 << 10;
  private static final int HEADER = 4;
  private static final int PAGE = 4 << 10;

  // Chronicle's headers: not finished, not data, length.
  private static final int UNFINISHED = 1 << 31;
  private static final int METADATA = 1 << 30;
  private static final int LENGTH = METADATA - 1;

  /** Reads a file, and cuts off what was not finished. */
  static Tail of(SegmentFile segment) throws IOException {
    var extent = segment.scan(Long.MAX_VALUE);
    boolean whole;
    try (var file = new RandomAccessFile(segment.file().toFile(), "r")) {
      whole = isWhole(file, extent.end());
    }
    if (whole) {
      Disk.truncate(segment.file(), extent.end());
    }
    return new Tail(extent, whole);
  }

  /** Follows the headers of the documents to the end. */
  private static boolean isWhole(RandomAccessFile file, long records) throws IOException {
    long length = file.length();
    long position = 0;
    int marks = 0;
    byte[] buffer = new byte[BUFFER];
    long start = 0;
    int buffered = 0;
    while (position + HEADER <= length) {
      if (position < start || position + HEADER > start + buffered) {
        start = position;
        file.seek(start);
        buffered = Math.max(0, file.read(buffer));
        if (buffered < HEADER) {
          return false;
        }
      }
      int header = RecordFormat.intAt(buffer, (int) (position - start));
      if (header == 0) {
        return position >= records && length % PAGE == 0 && isZero(file, position, buffer);
      }
      if ((header & UNFINISHED) != 0) {
        return length % PAGE == 0;
      }
      int content = header & LENGTH;
      boolean mark = header == SegmentWriter.MARK_BYTES;
      long next = RecordFormat.padded(position + HEADER + content);
      if (next > length || (next > records && !mark && (header & METADATA) == 0)) {
        return false;
      }
      marks = mark ? marks + 1 : 0;
      position = next;
    }
    return marks >= 2; // it was being closed
  }

  private static boolean isZero(RandomAccessFile file, long from, byte[] buffer)
      throws IOException {
    file.seek(from);
    for (int read = file.read(buffer); read > 0; read = file.read(buffer)) {
      for (int i = 0; i < read; i++) {
        if (buffer[i] != 0) {
          return false;
        }
      }
    }
    return true;
  }
}
