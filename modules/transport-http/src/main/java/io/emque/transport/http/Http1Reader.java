package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;

/**
 * The bytes of an HTTP/1.1 connection, with some faults of the server's own reading mended. It ends
 * a connection quietly whose client has gone in the middle of a request, of which the server would
 * warn, and one whose client has asked for its end. It percent-encodes what is beyond ASCII in a
 * request line, which the server reads as ASCII: {@code ?topic=ü}, as a shell sends it, would
 * become replacement characters. It does the same to a method that is none, which would be a fault
 * of the server's. And it passes over extensions and trailers of chunks, which the server refuses.
 */
final class Http1Reader extends DataReader {
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(US_ASCII);

  private static final String SIGNS = "!#$%&'*+-.^_`|~";

  private static final int MAX_TRAILERS = 64 * 1024;

  private final ConnectionWatch watch;
  private int lineLength = -1;
  private boolean afterLastChunk;

  @SuppressWarnings("removal") // the factory method that replaces it makes no subclass
  Http1Reader(DataReader reader, ConnectionWatch watch) {
    super(() -> next(reader, watch));
    this.watch = watch;
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
    if (watch.isOver()) {
      throw new CloseConnectionException("the client asked for it"); // whatever else it has sent
    }
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

  /** Read so are sizes of chunks, and the empty line at the end (RFC 9112, section 7.1). */
  @Override
  public String readLine() {
    String line = super.readLine();
    if (afterLastChunk) {
      afterLastChunk = false;
      int bytes = 0;
      while (!line.isEmpty() && bytes < MAX_TRAILERS) {
        bytes += line.length();
        line = super.readLine();
      }
      return line;
    }
    int semicolon = line.indexOf(';');
    String size = semicolon < 0 ? line : line.substring(0, semicolon).strip();
    afterLastChunk = !size.isEmpty() && size.chars().allMatch(c -> c == '0');
    return size;
  }

  private static byte[] encoded(byte[] line) {
    int method = 0;
    while (method < line.length && line[method] != ' ') {
      method++;
    }
    int odd = 0;
    for (int i = 0; i < line.length; i++) {
      odd += isOdd(line[i], i < method) ? 1 : 0;
    }
    if (odd == 0) {
      return line;
    }
    var encoded = new byte[line.length + 2 * odd];
    int at = 0;
    for (int i = 0; i < line.length; i++) {
      byte b = line[i];
      if (isOdd(b, i < method)) {
        encoded[at++] = '%';
        encoded[at++] = HEX[b >>> 4 & 15];
        encoded[at++] = HEX[b & 15];
      } else {
        encoded[at++] = b;
      }
    }
    return encoded;
  }

  /** RFC 9110, section 5.6.2: a method is a token. */
  private static boolean isOdd(byte b, boolean method) {
    return b < 0 || (method && !Character.isLetterOrDigit(b) && SIGNS.indexOf(b) < 0);
  }
}
