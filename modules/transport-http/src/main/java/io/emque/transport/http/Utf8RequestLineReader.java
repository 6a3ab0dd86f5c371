package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.helidon.common.buffers.DataReader;
import org.jspecify.annotations.Nullable;

/**
 * A reader that percent-encodes bytes beyond ASCII in a request line. Helidon reads request lines
 * as ASCII and would turn {@code ?topic=ü}, as a shell sends it, into replacement characters.
 */
final class Utf8RequestLineReader extends DataReader {
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(US_ASCII);

  private int lineLength = -1;

  @SuppressWarnings("removal") // the factory method that replaces it makes no subclass
  Utf8RequestLineReader(DataReader reader, ConnectionWatch watch) {
    super(() -> next(reader, watch));
  }

  private static byte @Nullable [] next(DataReader reader, ConnectionWatch watch) {
    watch.waitBegins();
    try {
      reader.ensureAvailable();
      return reader.readBytes(reader.available());
    } catch (InsufficientDataAvailableException e) {
      return null;
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
