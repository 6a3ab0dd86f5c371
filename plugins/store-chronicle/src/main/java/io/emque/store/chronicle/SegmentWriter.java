package io.emque.store.chronicle;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.emque.api.spi.StoreFullException;
import io.emque.api.spi.StoredLog.Records;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.core.io.BackgroundResourceReleaser;
import net.openhft.chronicle.core.io.SingleThreadedChecked;
import net.openhft.chronicle.core.onoes.ExceptionHandler;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * Appends to a segment, by Chronicle Queue. One thread at a time.
 *
 * <p>Chronicle writes to mapped pages; when the disk is full, that is a fault somewhere in the JVM,
 * at a moment that cannot be foreseen. So the room is taken beforehand, by writing zeros through
 * the file system, which says in words that there is none.
 */
final class SegmentWriter {
  private static final System.Logger LOG = System.getLogger(SegmentWriter.class.getName());

  /** A block is what is mapped at a time; a document may take a quarter of it. */
  private static final long BLOCK = 1 << 20;

  private static final int DOCUMENTS_PER_BLOCK = 4;

  /** Entries of an index; its square times the spacing is how many documents a file can take. */
  private static final int INDEX = 256;

  private static final long MOST_DOCUMENTS = (long) INDEX * INDEX * INDEX - 1;

  /** Bytes before a document, which say how long it is. */
  private static final int HEADER = 4;

  /** A document that is no record. */
  private static final byte[] MARK = new byte[4];

  static final int MARK_BYTES = MARK.length;

  /** What Chronicle may write of its own between two documents: an index. */
  static final int OWN = 8 << 10;

  private static final int PAGE = 4 << 10;
  private static final int MOST_RESERVED = 256 << 10;
  private static final byte[] ZEROS = new byte[64 << 10];

  /** Chronicle makes its files before room can be taken. */
  private static final long ROOM_TO_BEGIN = 128 << 10;

  /** It waits so long for what a killed process has left behind; here nothing is. */
  private static final long TIMEOUT_MILLIS = 500;

  private final SegmentFile segment;
  private final RecordFormat format;
  private final long mostDocument;
  private final byte[] head = new byte[RecordFormat.HEAD];
  private final ChronicleQueue queue;
  private final ExcerptAppender appender;
  private @Nullable RandomAccessFile room;
  private long reserved;
  private long end;
  private long documents;

  /** Advice on libraries that are left out on purpose. Held on to, or its level is forgotten. */
  private static final java.util.logging.Logger ADVICE =
      java.util.logging.Logger.getLogger("net.openhft");

  static {
    ADVICE.setLevel(java.util.logging.Level.SEVERE);
    System.setProperty("chronicle.analytics.disable", "true");
    Jvm.setExceptionHandlers(logged(WARNING), logged(DEBUG), logged(DEBUG));
    Jvm.setPerfExceptionHandler(logged(DEBUG));
  }

  private static ExceptionHandler logged(System.Logger.Level level) {
    return (type, message, thrown) -> LOG.log(level, () -> "chronicle: " + message, thrown);
  }

  /**
   * Opens the file, or makes it.
   *
   * @param length of the file, as it was closed; 0 for a new one
   * @param document bytes that one document must be able to hold
   */
  SegmentWriter(SegmentFile segment, long length, long document) throws IOException {
    this.segment = segment;
    this.format = segment.format();
    Files.createDirectories(segment.folder());
    if (Files.getFileStore(segment.folder()).getUsableSpace() < ROOM_TO_BEGIN) {
      throw new StoreFullException("no room on the disk of " + segment.folder(), null);
    }
    long block = BLOCK;
    while (block / DOCUMENTS_PER_BLOCK < document + OWN) {
      block *= 2;
    }
    this.mostDocument = block / DOCUMENTS_PER_BLOCK - OWN;
    this.queue =
        SingleChronicleQueueBuilder.single(segment.folder().toFile())
            .rollCycle(RollCycles.FAST_DAILY)
            .timeProvider(() -> 0L) // it is always the first day: a queue is one file
            .blockSize(block)
            .indexCount(INDEX)
            .indexSpacing(INDEX)
            .timeoutMS(TIMEOUT_MILLIS)
            .checkInterrupts(false) // they would leave half a document
            .build();
    try {
      this.appender = queue.createAppender();
      ((SingleThreadedChecked) appender).singleThreadedCheckDisabled(true);
      long begin = mark() - MARK.length;
      if (length > 0 && begin != length + HEADER) {
        throw new IOException("Chronicle would append at " + begin + ", not behind " + length);
      }
      this.end = mark();
      this.reserved = end;
      this.room = new RandomAccessFile(segment.file().toFile(), "rw");
    } catch (IOException | RuntimeException | Error e) {
      release();
      throw e;
    }
  }

  /**
   * Writes a document that is no record; where it ends. Behind the second of two there is nothing:
   * only the first can have made Chronicle begin an index.
   */
  private long mark() {
    try (DocumentContext document = appender.writingDocument()) {
      Bytes<?> out = requireNonNull(document.wire()).bytes();
      out.write(MARK, 0, MARK.length);
      return out.writePosition();
    }
  }

  SegmentFile segment() {
    return segment;
  }

  /** One past the last byte of a record. */
  long end() {
    return end;
  }

  /** Bytes that a document may hold. */
  long mostDocument() {
    return mostDocument;
  }

  boolean isFull(long segmentBytes) {
    return end >= segmentBytes || documents >= MOST_DOCUMENTS;
  }

  /** Bytes that record {@code i} takes at most. */
  static long size(Records records, int i) {
    String id = records.id(i);
    long size = RecordFormat.HEAD + 3L + records.length(i) + (id == null ? 0 : 3L * id.length());
    for (var header : records.headers(i).entrySet()) {
      size += 8 + 3L * (header.getKey().length() + header.getValue().length());
    }
    return size;
  }

  /**
   * Appends some records as one document: all of them or none.
   *
   * @param bytes the sum of their {@link #size}
   */
  void write(Records records, int first, int count, long offset, long bytes) throws IOException {
    reserve(end + bytes);
    try (DocumentContext document = appender.writingDocument()) {
      try {
        Bytes<?> out = requireNonNull(document.wire()).bytes();
        for (int i = first; i < first + count; i++) {
          write(out, records, i, offset + i - first);
        }
        end = out.writePosition();
      } catch (Throwable e) {
        document.rollbackOnClose();
        throw e;
      }
    }
    documents++;
    segment.written();
  }

  private void write(Bytes<?> out, Records records, int i, long offset) {
    String idText = records.id(i);
    byte[] id = idText == null ? null : idText.getBytes(UTF_8);
    byte[] headers = RecordFormat.encode(records.headers(i));
    byte[] payload = records.array(i);
    int start = records.start(i);
    int length = records.length(i);
    long position = out.writePosition();
    long timeNanos = records.timeNanos(i);
    format.head(head, position, offset, timeNanos, id, headers, payload, start, length);
    out.write(head, 0, head.length);
    if (id != null) {
      out.write(id, 0, id.length);
    }
    out.write(headers, 0, headers.length);
    out.write(payload, start, length);
    while ((out.writePosition() & 3) != 0) {
      out.writeByte((byte) 0);
    }
    segment.positions().add(offset, position, timeNanos);
  }

  /** Takes room on the disk up to a position, and for what Chronicle may want behind it. */
  private void reserve(long until) throws IOException {
    RandomAccessFile file = requireNonNull(room);
    while (until + OWN > reserved) {
      long wanted = until + OWN - reserved;
      long more = Math.max(wanted, Math.min(MOST_RESERVED, end / 4));
      long whole = (reserved + Math.min(more, ZEROS.length - PAGE) + PAGE - 1) & -PAGE;
      int bytes = (int) (whole - reserved);
      file.seek(reserved);
      file.write(ZEROS, 0, bytes);
      reserved += bytes;
    }
  }

  /** Ends it so that it can be gone on with; the length of the file. */
  long close() throws IOException {
    try {
      mark();
      end = mark();
    } finally {
      release();
    }
    Disk.truncate(segment.file(), end);
    segment.written();
    return end;
  }

  /** Lets go of everything, whatever state it is in. */
  void release() {
    try {
      if (room != null) {
        room.close();
      }
    } catch (IOException e) {
      LOG.log(DEBUG, () -> "cannot close " + segment.file(), e);
    }
    try {
      queue.close();
      BackgroundResourceReleaser.releasePendingResources();
    } catch (RuntimeException | Error e) {
      LOG.log(DEBUG, () -> "chronicle cannot close " + segment.file(), e);
    }
  }
}
