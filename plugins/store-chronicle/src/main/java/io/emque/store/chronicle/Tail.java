package io.emque.store.chronicle;

import java.io.IOException;
import java.io.RandomAccessFile;

/**
 * What stands at the end of a file that was not closed: its process was killed.
 *
 * @param extent how far its records go
 * @param isWhole whether nothing else can have stood in the file. A process that is killed leaves
 *     documents, one that it has not finished, and then zeros; anything else is damage.
 */
record Tail(SegmentFile.Extent extent, boolean isWhole) {
  private static final int BUFFER = 64 << 10;
  private static final int HEADER = 4;
  private static final int PAGE = 4 << 10;

  // Chronicle's headers: not finished, not data, length. Zero until a document is finished.
  private static final int UNFINISHED = 1 << 31;
  private static final int METADATA = 1 << 30;
  private static final int LENGTH = METADATA - 1;

  /** Reads a file, and cuts off what was not finished. */
  static Tail of(SegmentFile segment) throws IOException {
    var extent = segment.scan(Long.MAX_VALUE);
    boolean whole;
    try (var file = new RandomAccessFile(segment.file().toFile(), "r")) {
      whole = isWhole(segment, file, extent.end());
    }
    if (whole) {
      Disk.truncate(segment.file(), extent.end());
    }
    return new Tail(extent, whole);
  }

  /** Follows the headers of the documents to the end. */
  private static boolean isWhole(SegmentFile segment, RandomAccessFile file, long records)
      throws IOException {
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
      if (header == 0 || (header & UNFINISHED) != 0) {
        return length % PAGE == 0
            && isUnfinished(segment, file, position + HEADER, records, buffer);
      }
      boolean mark = header == SegmentWriter.MARK_BYTES;
      long next = RecordFormat.padded(position + HEADER + (header & LENGTH));
      if (next > length || (next > records && !mark && (header & METADATA) == 0)) {
        return false;
      }
      marks = mark ? marks + 1 : 0;
      position = next;
    }
    return marks >= 2; // it was being closed
  }

  /**
   * Whether no more stands here than a document that was not finished: some records that are whole,
   * the last ones of the file, then a part of one, or of an index, and then zeros.
   */
  private static boolean isUnfinished(
      SegmentFile segment, RandomAccessFile file, long content, long records, byte[] buffer)
      throws IOException {
    long part = content;
    if (records > content) {
      try (var reader =
          new RecordReader(
              segment.file(), segment.format(), content, 0, Long.MAX_VALUE, Long.MAX_VALUE)) {
        while (reader.next() && reader.foundPosition() == part) {
          part = reader.position();
        }
      }
      if (part != records) {
        return false; // there are others, behind a header that should not be zero
      }
    }
    return isZero(file, part + partBytes(segment, file, part, buffer), buffer);
  }

  /** Bytes that an unfinished record or index may take. */
  private static long partBytes(
      SegmentFile segment, RandomAccessFile file, long position, byte[] buffer) throws IOException {
    file.seek(position);
    int read = file.read(buffer, 0, RecordFormat.HEAD);
    boolean head = read == RecordFormat.HEAD && segment.format().isHead(buffer, 0, position);
    return Math.max(SegmentWriter.OWN, head ? RecordFormat.length(buffer, 0) : 0);
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
