package io.emque.engine;

import io.emque.api.Cursor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records of one chunk, one after the other. The same object is used again for each read; it is
 * valid from a {@link Reader#read} that returned {@link Event#MESSAGES} to that reader's next read
 * or close. Never change the array.
 */
public final class Slice {
  /** What {@link #copyEncoded} returns when the caller is to encode by itself. */
  public static final int NOT_SHARED = -1;

  private static final byte[] NONE = {};

  private final String topic;
  private @Nullable Chunk chunk;
  private byte[] array = NONE;
  private int firstRecord;
  private int count;
  private int from;
  private int to;
  private String epoch = "";
  private @Nullable Memory shared;
  private int copiedBytes;

  Slice(String topic) {
    this.topic = topic;
  }

  /**
   * @param sharing charged for what is encoded once for all readers; null when there is but one
   */
  void set(Chunk source, String ownEpoch, int first, int records, @Nullable Memory sharing) {
    shared = sharing;
    chunk = source;
    epoch = ownEpoch;
    array = source.bytes();
    firstRecord = first;
    count = records;
    from = source.start(first);
    to = source.start(first + records);
  }

  void clear() {
    chunk = null;
    array = NONE;
    count = 0;
    from = 0;
    to = 0;
  }

  /** The topic's name. */
  public String topic() {
    return topic;
  }

  /** Number of records. */
  public int count() {
    return count;
  }

  /** The incarnation of the log that record {@code i} is of, 0 to {@link #count} - 1. */
  public String epoch(int i) {
    Cursor given = given(i);
    if (given != null) {
      return given.epoch();
    }
    Origin origin = source().origin();
    return origin == null ? epoch : origin.epoch();
  }

  /** Offset of record {@code i} in the log of its epoch. */
  public long offset(int i) {
    Cursor given = given(i);
    if (given != null) {
      return given.offset();
    }
    Chunk source = source();
    Origin origin = source.origin();
    long offset = source.firstOffset() + firstRecord + i;
    return origin == null ? offset : offset + origin.shift();
  }

  private @Nullable Cursor given(int i) {
    Extras extras = source().extras(firstRecord + i);
    return extras == null ? null : extras.cursor();
  }

  /** The array that holds the records. */
  public byte[] array() {
    return array;
  }

  /**
   * Where the first record's WebSocket frame begins: FIN, binary, unmasked (RFC 6455, section 5.2).
   */
  public int from() {
    return from;
  }

  /** Where the last record's frame ends. */
  public int to() {
    return to;
  }

  /** Where the payload of record {@code i} begins, 0 to {@link #count} - 1. */
  public int payloadStart(int i) {
    return source().payloadStart(firstRecord + i);
  }

  /** Bytes of the payload of record {@code i}. */
  public int payloadLength(int i) {
    return source().start(firstRecord + i + 1) - payloadStart(i);
  }

  /** When record {@code i} was appended, nanoseconds since 1970 UTC. */
  public long timeNanos(int i) {
    return source().timeNanos(firstRecord + i);
  }

  /** The publisher's id of record {@code i}, or null. */
  public @Nullable String id(int i) {
    Extras extras = source().extras(firstRecord + i);
    return extras == null ? null : extras.id();
  }

  /** The application headers of record {@code i}; immutable. */
  public Map<String, String> headers(int i) {
    Extras extras = source().extras(firstRecord + i);
    return extras == null ? Map.of() : extras.headers();
  }

  /**
   * Copies records in a format that others want, too: whoever needs a record first encodes it, for
   * all. That is so for the newest records of a topic with several subscribers, while memory is not
   * short.
   *
   * @param i the first record
   * @param to written from {@code at} on and before {@code end}
   * @return how many were copied, as many whole ones as there is room for, with {@link
   *     #copiedBytes}; {@link #NOT_SHARED} when record {@code i} is to be encoded by the caller
   */
  public int copyEncoded(RecordFormat format, int i, byte[] to, int at, int end) {
    Memory memory = shared;
    if (memory == null) {
      return NOT_SHARED;
    }
    int record = firstRecord + i;
    EncodedRecords encoded = source().encoded(format, record, topic, epoch, memory);
    return encoded == null ? NOT_SHARED : encoded.copy(record, count - i, to, at, end, this);
  }

  /** How many bytes the last {@link #copyEncoded} has copied. */
  public int copiedBytes() {
    return copiedBytes;
  }

  void copied(int bytes) {
    copiedBytes = bytes;
  }

  private Chunk source() {
    Chunk source = chunk;
    if (source == null) {
      throw new IllegalStateException("the slice is no longer valid; read again");
    }
    return source;
  }
}
