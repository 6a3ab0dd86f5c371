package io.emque.cli.bench;

import java.io.IOException;

/**
 * A connection that messages are published on.
 *
 * <p><b>Threads:</b> one sends; any reads the counts; any closes.
 *
 * <p><b>Errors:</b> an {@link IOException} whose message says why, in one line.
 */
interface Lane extends AutoCloseable {
  /** Takes a message; it goes out with the next {@link #flush} or before. May block. */
  void send(Plan.Stream stream, long place, long dueMicros) throws IOException;

  /** Sends what was taken. May block. */
  void flush() throws IOException;

  /** What the server has yet to answer; nothing where it gives no answers. */
  Answers answers();

  /** Waits for the server to say that the connection is lost, and why. */
  void watch() throws IOException;

  @Override
  void close();
}
