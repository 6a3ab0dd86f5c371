package io.emque.api.spi;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Keeps topics beyond the process that published them. Chosen by {@link #name} with {@code
 * --store=NAME}; found by {@link java.util.ServiceLoader}: {@code provides io.emque.api.spi.Store
 * with …}.
 *
 * <p><b>Lifecycle:</b> made once, by its public constructor without parameters, and opened at most
 * once for each folder.
 *
 * <p>What any store must pass is the class {@code StoreContract} of the module {@code
 * io.emque.testkit}.
 */
public interface Store {
  /** The name that chooses it: lower case, unique, never blank. */
  String name();

  /**
   * Opens a folder, and makes it when it is missing. Does not open its logs: that takes as long
   * with 10,000 of them.
   *
   * @throws IOException when it cannot be used; one line that names the folder. It is held by
   *     another process: the message names that process, when it is known.
   */
  StoredTopics open(Options options) throws IOException;

  /**
   * What a store is opened with.
   *
   * @param folder where everything is kept; nothing is ever written outside of it
   * @param maxMessageBytes largest payload that will be appended
   * @param segmentBytes about how large a segment grows before the next one begins; a log is
   *     truncated by segments
   * @param maxOpenLogs about how many logs may hold files open at a time; positive
   */
  record Options(Path folder, int maxMessageBytes, long segmentBytes, int maxOpenLogs) {
    /** Refuses what is not positive. */
    public Options {
      if (maxMessageBytes <= 0 || segmentBytes <= 0 || maxOpenLogs <= 0) {
        throw new IllegalArgumentException(
            "sizes and counts must be positive, got "
                + maxMessageBytes
                + ", "
                + segmentBytes
                + ", "
                + maxOpenLogs);
      }
    }
  }
}
