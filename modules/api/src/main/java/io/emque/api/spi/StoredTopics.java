package io.emque.api.spi;

import java.io.Closeable;
import java.io.IOException;
import java.util.Set;

/**
 * The topics in one folder, which no other process may use until it is closed.
 *
 * <p><b>Threads:</b> every method may be called from any thread.
 */
public interface StoredTopics extends Closeable {
  /** The names of all topics; a copy. */
  Set<String> names();

  /**
   * Opens a topic's log, or begins it. The same log for the same name, until it is closed or
   * deleted.
   *
   * @param topic 1 to 1,024 bytes of UTF-8 without control characters, and nothing else is sure:
   *     {@code ../x}, {@code A} beside {@code a}
   * @param epoch the name of the log's incarnation when it begins now, 1 to 32 of {@code
   *     [0-9A-Za-z_-]}; an old log keeps its own
   * @throws IOException when that fails; one line
   */
  StoredLog open(String topic, String epoch) throws IOException;

  /**
   * Removes a topic for good, and closes its log. Does nothing when there is none.
   *
   * @throws IOException when something of it stays behind
   */
  void delete(String topic) throws IOException;

  /** Bytes that may still be written before the disk is full; {@link Long#MAX_VALUE} unknown. */
  long usableBytes();

  /**
   * What the store takes, for those who watch it; asked for a few times a minute. May look at every
   * folder.
   */
  default Use use() throws IOException {
    return Use.UNKNOWN;
  }

  /** Closes all logs, with all records in the operating system's hands, and frees the folder. */
  @Override
  void close() throws IOException;

  /**
   * What a store takes; -1 for what is not known.
   *
   * @param bytes on disk
   * @param openLogs logs that hold files open now
   * @param damagedRecords records found since it was opened that cannot be read
   */
  record Use(long bytes, int openLogs, long damagedRecords) {
    /** Nothing is known. */
    public static final Use UNKNOWN = new Use(-1, -1, -1);
  }
}
