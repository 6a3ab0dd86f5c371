package io.emque.engine;

import io.emque.api.Gap;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A run of records, stored as server WebSocket frames (RFC 6455, section 5.2: FIN, binary,
 * unmasked) back to back, so that one array slice is what goes out most often.
 */
final class Chunk {
  /*
   * Bytes, starts, times and extras below `published` never change. The appender (one at a time, under the topic's lock)
   * writes them, may replace the arrays starts, times and extras by longer copies, and then stores `published` with
   * release. A reader loads `published` with acquire first and the arrays after it, so the arrays it sees hold at least
   * that many records.
   *
   * state counts the readers writing from this chunk; its sign bit says that the log has dropped it. Who brings a dropped
   * chunk's count to zero gives its memory back, once.
   */
  private static final int DROPPED = Integer.MIN_VALUE;
  private static final int OBJECTS = 160; // this object, three array headers, its slot in the ring
  private static final int FIN_BINARY = 0x82;
  private static final VarHandle PUBLISHED;
  private static final VarHandle STATE;

  static {
    try {
      var lookup = MethodHandles.lookup();
      PUBLISHED = lookup.findVarHandle(Chunk.class, "published", int.class);
      STATE = lookup.findVarHandle(Chunk.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long seq;
  private final long firstOffset;
  private final @Nullable Origin origin;
  private final @Nullable Gap gapBefore;
  private final byte[] bytes;
  private int[] starts; // one more than records: where the next one would start
  private long[] times;
  private @Nullable Extras @Nullable [] extras;
  private int extrasBytes;
  private int written;
  private int published;
  private int state;
  private volatile @Nullable EncodedRecords encoded; // a list, one for each format
  private volatile boolean encodedEnded; // written under this object's monitor

  /**
   * @param seq its place in the log's list of chunks
   * @param firstOffset offset of its first record
   * @param capacity bytes
   * @param records how many it will probably hold; it takes more
   * @param origin where its records stand in another server's log; null for those of this one
   * @param gapBefore what readers are told before its first record; null for nothing
   */
  Chunk(
      long seq,
      long firstOffset,
      int capacity,
      int records,
      @Nullable Origin origin,
      @Nullable Gap gapBefore) {
    this.seq = seq;
    this.firstOffset = firstOffset;
    this.origin = origin;
    this.gapBefore = gapBefore;
    this.bytes = new byte[capacity];
    this.starts = new int[records + 1];
    this.times = new long[records];
  }

  /** Bytes of a frame that carries a payload of {@code length}. */
  static int frameLength(int length) {
    return headerLength(length) + length;
  }

  private static int headerLength(int length) {
    return length < 126 ? 2 : length < 65536 ? 4 : 10;
  }

  long seq() {
    return seq;
  }

  long firstOffset() {
    return firstOffset;
  }

  /** Where its records stand in another server's log; null for those of this one. */
  @Nullable Origin origin() {
    return origin;
  }

  /** What readers are told before its first record; null for nothing. */
  @Nullable Gap gapBefore() {
    return gapBefore;
  }

  boolean hasRoom(int frameLength) {
    return bytes.length - starts[written] >= frameLength;
  }

  /** Appender only; there must be room. The record is not to be seen before {@link #publish}. */
  void append(byte[] array, int offset, int length, long timeNanos, @Nullable Extras extra) {
    int record = written;
    if (record == times.length) {
      starts = Arrays.copyOf(starts, record * 2 + 1);
      times = Arrays.copyOf(times, record * 2);
      if (extras != null) {
        extras = Arrays.copyOf(extras, record * 2);
      }
    }
    int at = putHeader(starts[record], length);
    System.arraycopy(array, offset, bytes, at, length);
    starts[record + 1] = at + length;
    times[record] = timeNanos;
    if (extra != null) {
      if (extras == null) {
        extras = new @Nullable Extras[times.length];
      }
      extras[record] = extra;
      extrasBytes += extra.bytes();
    }
    written = record + 1;
  }

  private int putHeader(int at, int length) {
    bytes[at++] = (byte) FIN_BINARY;
    if (length < 126) {
      bytes[at++] = (byte) length;
    } else if (length < 65536) {
      bytes[at++] = 126;
      bytes[at++] = (byte) (length >>> 8);
      bytes[at++] = (byte) length;
    } else {
      bytes[at++] = 127;
      for (int shift = 56; shift >= 0; shift -= 8) {
        bytes[at++] = (byte) ((long) length >>> shift);
      }
    }
    return at;
  }

  /** Appender only: lets readers see what was appended. */
  void publish() {
    PUBLISHED.setRelease(this, written);
  }

  /** Appender only: the offset after the last record appended. */
  long end() {
    return firstOffset + written;
  }

  /** Appender only: memory it holds, about. */
  int memoryBytes() {
    return OBJECTS
        + bytes.length
        + starts.length * Integer.BYTES
        + times.length * Long.BYTES
        + (extras == null ? 0 : extras.length * Integer.BYTES + extrasBytes);
  }

  int published() {
    return (int) PUBLISHED.getAcquire(this);
  }

  boolean holds(long offset) {
    return offset >= firstOffset && offset < firstOffset + published();
  }

  byte[] bytes() {
    return bytes;
  }

  /** Where a published record's frame starts; the number of records gives the end of the last. */
  int start(int record) {
    return starts[record];
  }

  int payloadStart(int record) {
    int start = starts[record];
    int length = bytes[start + 1]; // servers do not mask: the top bit is clear
    return start + (length < 126 ? 2 : length == 126 ? 4 : 10);
  }

  long timeNanos(int record) {
    return times[record];
  }

  @Nullable Extras extras(int record) {
    var all = extras;
    return all == null ? null : all[record];
  }

  /**
   * Its records in another format.
   *
   * @param record the first one wanted, where nobody has wanted any before
   * @return null when they are too old to be kept twice
   */
  @Nullable EncodedRecords encoded(
      RecordFormat format, int record, String topic, String epoch, Memory memory) {
    EncodedRecords found = find(format);
    if (found != null || encodedEnded || dropped()) {
      return found;
    }
    synchronized (this) {
      found = find(format);
      if (found == null && !encodedEnded && !dropped()) {
        found = new EncodedRecords(format, this, record, topic, epoch, memory, encoded);
        encoded = found;
      }
      return found;
    }
  }

  private @Nullable EncodedRecords find(RecordFormat format) {
    EncodedRecords one = encoded;
    while (one != null && one.format() != format) {
      one = one.next();
    }
    return one;
  }

  /** Lets go of its records in other formats, for good. */
  void endEncoded() {
    EncodedRecords one;
    synchronized (this) {
      encodedEnded = true;
      one = encoded;
      encoded = null;
    }
    while (one != null) {
      one.end();
      one = one.next();
    }
  }

  /**
   * Holds the chunk for a write.
   *
   * @return false when the log has dropped it: nothing is held
   */
  boolean pin() {
    int now = (int) STATE.getVolatile(this);
    while (now >= 0) {
      int witness = (int) STATE.compareAndExchange(this, now, now + 1);
      if (witness == now) {
        return true;
      }
      now = witness;
    }
    return false;
  }

  /**
   * Ends what {@link #pin} began.
   *
   * @return whether this was the last hold on a dropped chunk: its memory is free now
   */
  boolean unpin() {
    return (int) STATE.getAndAdd(this, -1) - 1 == DROPPED;
  }

  /**
   * The log lets go of it.
   *
   * @return whether nobody holds it: its memory is free now
   */
  boolean drop() {
    return (int) STATE.getAndBitwiseOr(this, DROPPED) == 0;
  }

  boolean dropped() {
    return (int) STATE.getVolatile(this) < 0;
  }
}
