package io.emque.api.spi;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One topic's records on disk: offsets are dense, 0, 1, 2 …, and times never decrease.
 *
 * <p>A record that was appended is whole or not there: what a crash has torn at the end is cut when
 * the log is opened; what is damaged elsewhere is skipped, and its offsets are never given to
 * another record. A machine that stopped without warning may have lost the newest records, though
 * readers had seen them: the next offset then leaves a hole, so that no offset names two records.
 *
 * <p><b>Threads:</b> one thread at a time calls {@link #append}; the other methods may be called at
 * any time from any thread. They may block for the disk, and are called from platform threads,
 * append alone from virtual ones too.
 *
 * <p><b>Errors:</b> an {@link IOException} is one line that says what could not be done with which
 * file. {@link StoreFullException} when there is no room. After either, the log may be read and
 * appended to again.
 */
public interface StoredLog extends Closeable {
  /** The name of the log's incarnation. */
  String epoch();

  /** The oldest offset kept; equals {@link #nextOffset} when there is none. */
  long firstOffset();

  /** One past the newest offset. */
  long nextOffset();

  /** When the newest record was appended; {@link Long#MIN_VALUE} without one. */
  long lastTimeNanos();

  /**
   * Appends records, in their order, from {@link #nextOffset} on. When it returns they survive the
   * process. When it throws, {@link #nextOffset} says how many were appended.
   */
  void append(Records records) throws IOException;

  /**
   * Reads records in the order of their offsets.
   *
   * @param from the first offset of interest; what is kept after it is taken, when it is not kept
   * @param maxBytes payload bytes after which it stops; at least one record is read if there is one
   * @param sink is given the records; where their offsets leave a hole, records are damaged or gone
   * @return where to go on: one past the last offset that was read or skipped; {@code from} at the
   *     end
   */
  long read(long from, int maxBytes, Sink sink) throws IOException;

  /**
   * The first offset whose record is not older than {@code timeNanos}; {@link #nextOffset} when all
   * are.
   */
  long offsetAt(long timeNanos) throws IOException;

  /** Forces all records that were appended before this call to the disk. */
  void force() throws IOException;

  /** The segments, the oldest first. */
  List<Segment> segments() throws IOException;

  /**
   * Removes the segments that hold no record at or after {@code offset}, but never the newest one.
   * Readers in them read on behind the hole.
   */
  void truncateBefore(long offset) throws IOException;

  /** Lets go of the files. */
  @Override
  void close() throws IOException;

  /**
   * A run of records that is removed as one.
   *
   * @param firstOffset of its first record
   * @param nextOffset one past its last record
   * @param bytes on disk
   * @param lastTimeNanos when its last record was appended
   */
  record Segment(long firstOffset, long nextOffset, long bytes, long lastTimeNanos) {}

  /** Records to be appended, by index from 0; valid during the call. */
  interface Records {
    /** How many. */
    int count();

    /** When record {@code i} was appended, nanoseconds since 1970 UTC. */
    long timeNanos(int i);

    /** The publisher's id of record {@code i}, or null. */
    @Nullable String id(int i);

    /** The application headers of record {@code i}. */
    Map<String, String> headers(int i);

    /** The array that holds the payload of record {@code i}; not to be changed. */
    byte[] array(int i);

    /** Where in {@link #array} the payload of record {@code i} begins. */
    int start(int i);

    /** Bytes of the payload of record {@code i}. */
    int length(int i);
  }

  /** Takes records as they are read. */
  interface Sink {
    /**
     * Takes the next one.
     *
     * @param id the publisher's id, or null
     * @param array holds the payload, during this call alone
     */
    void record(
        long offset,
        long timeNanos,
        @Nullable String id,
        Map<String, String> headers,
        byte[] array,
        int start,
        int length);
  }
}
