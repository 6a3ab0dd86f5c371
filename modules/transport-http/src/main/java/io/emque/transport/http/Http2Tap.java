package io.emque.transport.http;

import io.helidon.common.buffers.DataReader;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Passes a client's HTTP/2 frames on, and with them what the server's own connection does not do.
 *
 * <ul>
 *   <li>RST_STREAM (RFC 9113, section 6.4) is reported: the server does not tell it to a handler
 *       that only writes.
 *   <li>RST_STREAM for a closed stream is left out. The server takes it for a fault and ends the
 *       connection with all its streams, though client and server need only have ended the stream
 *       at the same time.
 *   <li>HEADERS get their {@link PseudoHeaders} in the one form that the server takes.
 *   <li>A client whose {@link IndexedHeaders} do not fit has hung up, as far as the server can see.
 * </ul>
 */
final class Http2Tap implements Supplier<byte @Nullable []> {
  private static final byte[] NONE = new byte[0];
  private static final int PREFACE = 24; // section 3.4
  static final int HEADER = 9; // section 4.1
  static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int CONTINUATION = 9;
  static final int END_HEADERS = 4;
  private static final int LARGEST = 16 * 1024; // frame that the server takes
  private static final int RESET = HEADER + 4; // the whole frame

  private final DataReader reader;
  private final ConnectionWatch watch;
  private final IndexedHeaders indexed = new IndexedHeaders();
  private byte[] bytes = NONE; // not passed on yet
  private int skip = PREFACE; // bytes to come that are no header
  private boolean inPreface = true;
  private boolean headGoesOn; // in CONTINUATION frames
  private boolean over; // whatever else comes

  Http2Tap(DataReader reader, ConnectionWatch watch) {
    this.reader = reader;
    this.watch = watch;
  }

  @Override
  public byte @Nullable [] get() {
    while (!over) {
      int passing = plain();
      if (passing > 0) {
        return take(passing);
      }
      if (skip == 0 && bytes.length >= HEADER && bytes.length >= HEADER + length(0)) {
        byte[] special = special(take(HEADER + length(0)));
        if (special == null) {
          over = true;
        } else if (special.length > 0) {
          return special;
        }
        continue;
      }
      watch.patience().headIsComing(headGoesOn || bytes.length > 0 || inPreface);
      byte[] more = read();
      if (more == null) {
        return bytes.length == 0 ? null : take(bytes.length);
      }
      bytes = bytes.length == 0 ? more : joined(bytes, more);
    }
    return null;
  }

  /**
   * How many bytes come before the next special frame or the next header that is not there as a
   * whole. A reset waits until the server asks for it: until then its stream may close.
   */
  private int plain() {
    int at = 0;
    while (true) {
      int n = Math.min(skip, bytes.length - at);
      skip -= n;
      at += n;
      if (skip > 0) {
        return at;
      }
      inPreface = false;
      if (bytes.length - at < HEADER || isSpecial(at)) {
        return at;
      }
      head(bytes[at + 3], bytes[at + 4]);
      watch.open().received(bytes[at + 3], bytes[at + 4], stream(bytes, at));
      skip = length(at);
      at += HEADER;
    }
  }

  /** A head may go on in further frames (section 6.10), which a client may take its time with. */
  private void head(int type, int flags) {
    if (type == HEADERS || type == CONTINUATION) {
      headGoesOn = (flags & END_HEADERS) == 0;
    }
  }

  private boolean isSpecial(int at) {
    return switch (bytes[at + 3]) {
      case RST_STREAM -> length(at) == RESET - HEADER;
      case HEADERS, CONTINUATION -> length(at) <= LARGEST;
      default -> false;
    };
  }

  /** What is passed on of a whole frame; nothing when it is left out, null to end it all. */
  private byte @Nullable [] special(byte[] frame) {
    int stream = stream(frame, 0);
    boolean closed = watch.open().closed(stream);
    watch.open().received(frame[3], frame[4], stream);
    head(frame[3], frame[4]);
    if (frame[3] != RST_STREAM) {
      if (!indexed.fit(frame)) {
        return null;
      }
      return frame[3] == HEADERS ? PseudoHeaders.indexed(frame) : frame;
    }
    if (closed) {
      return NONE;
    }
    watch.streamEnded(stream);
    return frame;
  }

  private int length(int at) {
    return (bytes[at] & 0xff) << 16 | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff);
  }

  private static int stream(byte[] frame, int at) {
    return (frame[at + 5] & 0x7f) << 24
        | (frame[at + 6] & 0xff) << 16
        | (frame[at + 7] & 0xff) << 8
        | (frame[at + 8] & 0xff);
  }

  private byte[] take(int count) {
    byte[] taken = count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
    bytes = count == bytes.length ? NONE : Arrays.copyOfRange(bytes, count, bytes.length);
    return taken;
  }

  private byte @Nullable [] read() {
    watch.waitBegins();
    try {
      reader.ensureAvailable();
      return reader.readBytes(reader.available());
    } catch (DataReader.InsufficientDataAvailableException e) {
      return null;
    } finally {
      watch.waitEnds();
    }
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
