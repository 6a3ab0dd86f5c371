package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;

/**
 * The bytes of an HTTP/1.1 connection, with two faults of the server's own reading mended. It ends
 * a connection quietly whose client has gone in the middle of a request, of which the server would
 * warn. And it percent-encodes what is beyond ASCII in a request line, which the server reads as
 * ASCII: {@code ?topic=ü}, as a shell sends it, would become replacement characters.
 */
final class Http1Reader extends DataReader {
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(US_ASCII);

  private int lineLength = -1;

  @SuppressWarnings("removal") // the factory method that replaces it makes no subclass
  Http1Reader(DataReader reader, ConnectionWatch watch) {
    super(() -> next(reader, watch));
  }

  private static byte[] next(DataReader reader, ConnectionWatch watch) {
    watch.waitBegins();
    try {
      reader.ensureAvailable();
      watch.patience().received();
      return reader.readBytes(reader.available());
    } catch (InsufficientDataAvailableException e) {
      throw new CloseConnectionException("client has gone", e);
    } finally {
      watch.waitEnds();
    }
  }

  @Override
  public int findNewLine(int max) {
    lineLength = super.findNewLine(max);
    return lineLength;
  }

  /** A line just found and now taken as bytes is a request line; headers are read as strings. */
  @Override
  public byte[] readBytes(int length) {
    byte[] bytes = super.readBytes(length);
    boolean line = length == lineLength;
    lineLength = -1;
    return line ? encoded(bytes) : bytes;
  }

  private static byte[] encoded(byte[] line) {
    int beyond = 0;
    for (byte b : line) {
      beyond += b < 0 ? 1 : 0;
    }
    if (beyond == 0) {
      return line;
    }
    var encoded = new byte[line.length + 2 * beyond];
    int at = 0;
    for (byte b : line) {
      if (b < 0) {
        encoded[at++] = '%';
        encoded[at++] = HEX[b >>> 4 & 15];
        encoded[at++] = HEX[b & 15];
      } else {
        encoded[at++] = b;
      }
    }
    return encoded;
  }
}
