package io.emque.transport.http;

/** Where a stream's bytes go. */
interface Sink {
  /** Bytes kept free before the content, for framing. */
  int HEAD = 10;

  /** Bytes kept free behind the content, for framing. */
  int TAIL = 2;

  /**
   * Writes {@code count} bytes that begin at {@link #HEAD}, and sends them off. Blocks while the
   * client does not read. May write into the bytes kept free.
   *
   * @throws java.io.UncheckedIOException when the connection is broken
   */
  void write(byte[] buffer, int count);

  /** Ends the stream properly. */
  void end();
}
