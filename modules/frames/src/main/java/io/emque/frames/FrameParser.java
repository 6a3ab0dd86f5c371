package io.emque.frames;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Takes frames apart (RFC 6455, section 5) where they were received: checks, unmasks in place, and
 * hands payloads to a {@link Sink}. Knows no socket. One thread.
 */
public final class FrameParser {
  /** Longest header of a frame. */
  public static final int MAX_HEADER = 14;

  /** A binary frame up to this size is handed over whole. */
  public static final int WHOLE_BYTES = 64 * 1024;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int MAX_CONTROL = 125;

  private final boolean masked;
  private final long maxMessageBytes;
  private final Sink sink;
  private final Utf8Check utf8 = new Utf8Check();

  // The frame whose payload is coming in pieces.
  private long left;
  private int mask;
  private boolean fin;

  // The message that is coming in frames.
  private boolean inMessage;
  private boolean text;
  private long messageBytes;

  private boolean discarding;
  private boolean closeReceived;
  private int wanted;

  private FrameParser(boolean masked, long maxMessageBytes, Sink sink) {
    this.masked = masked;
    this.maxMessageBytes = maxMessageBytes;
    this.sink = sink;
  }

  /**
   * A server's parser, of frames that clients sent: all masked.
   *
   * @param maxMessageBytes a larger message is a fault
   */
  public static FrameParser ofServer(long maxMessageBytes, Sink sink) {
    return new FrameParser(true, maxMessageBytes, sink);
  }

  /**
   * A client's parser, of frames that a server sent: none masked.
   *
   * @param maxMessageBytes a larger message is a fault
   */
  public static FrameParser ofClient(long maxMessageBytes, Sink sink) {
    return new FrameParser(false, maxMessageBytes, sink);
  }

  /** From now on only the end of the closing handshake matters. */
  public void discard() {
    discarding = true;
  }

  /**
   * Parses as far as the bytes go.
   *
   * @return the index after what was used up; the rest is to be given again with more behind it
   */
  public int parse(byte[] bytes, int from, int to) throws ProtocolFault {
    int at = from;
    wanted = 0;
    while (at < to) {
      if (left > 0) {
        int n = (int) Math.min(left, to - at);
        left -= n;
        if (!discarding) {
          unmaskPiece(bytes, at, n);
          data(bytes, at, n, fin && left == 0);
        }
        at += n;
        continue;
      }
      int header = headerLength(bytes, at, to);
      if (to - at < header) {
        wanted = header;
        break;
      }
      long length = payloadLength(bytes, at);
      int opcode = bytes[at] & 0x0f;
      closeReceived |= opcode == CLOSE;
      if (!discarding) {
        check(bytes, at, opcode, length);
      }
      int frameMask = bytes[at + 1] < 0 ? intAt(bytes, at + header - 4) : 0;
      if (opcode >= CLOSE) {
        if (to - at < header + length && length <= MAX_CONTROL) {
          wanted = header + (int) length;
          break;
        }
        if (length > MAX_CONTROL) { // only while discarding
          left = length;
          at += header;
          continue;
        }
        int start = at + header;
        unmask(bytes, start, (int) length, frameMask);
        at = start + (int) length;
        if (control(opcode, bytes, start, (int) length)) {
          return to;
        }
        continue;
      }
      boolean whole = to - at - header >= length;
      if (!whole && !discarding && opcode != TEXT && !text(opcode) && length <= WHOLE_BYTES) {
        wanted = header + (int) length;
        break;
      }
      begin(bytes, at, opcode, length, frameMask);
      at += header;
      if (length == 0 && !discarding) {
        data(bytes, at, 0, fin);
      }
    }
    return at;
  }

  /** Whether the peer has sent a close frame, be it a wrong one: it sends nothing more. */
  public boolean closeReceived() {
    return closeReceived;
  }

  /**
   * How many bytes, counted from what was left over, the next step needs; 0 for no matter how many.
   */
  public int wanted() {
    return wanted;
  }

  private boolean text(int opcode) {
    return opcode == CONTINUATION && text;
  }

  private static int headerLength(byte[] bytes, int at, int to) {
    if (to - at < 2) {
      return 2;
    }
    int second = bytes[at + 1];
    int length = second & 0x7f;
    return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (second < 0 ? 4 : 0);
  }

  private static long payloadLength(byte[] bytes, int at) {
    int form = bytes[at + 1] & 0x7f;
    int more = form == 126 ? 2 : form == 127 ? 8 : 0;
    long length = more == 0 ? form : 0;
    for (int i = 2; i < 2 + more; i++) {
      length = length << 8 | (bytes[at + i] & 0xff);
    }
    return length & Long.MAX_VALUE;
  }

  private void check(byte[] bytes, int at, int opcode, long length) throws ProtocolFault {
    int first = bytes[at];
    boolean last = first < 0;
    require((first & 0x70) == 0, "reserved bits are set");
    if (opcode > 2 && (opcode < CLOSE || opcode > 10)) {
      throw new ProtocolFault(ProtocolFault.PROTOCOL_ERROR, "opcode " + opcode + " is reserved");
    }
    require(
        (bytes[at + 1] < 0) == masked,
        masked ? "client frames must be masked" : "server frames must not be masked");
    int form = bytes[at + 1] & 0x7f;
    require(form != 126 || length >= 126, "length is not encoded in the shortest form");
    require(
        form != 127 || (length >= 65536 && bytes[at + 2] >= 0),
        "length is not encoded in the shortest form, or too large");
    if (opcode >= CLOSE) {
      require(last, "control frames must not be fragmented");
      require(length <= MAX_CONTROL, "control frames carry at most 125 bytes");
    } else {
      require(
          (opcode == CONTINUATION) == inMessage,
          inMessage ? "a message began inside another" : "a continuation without a message");
      long before = inMessage ? messageBytes : 0;
      long total = length > Long.MAX_VALUE - before ? Long.MAX_VALUE : before + length;
      if (total > maxMessageBytes) {
        throw new ProtocolFault(
            ProtocolFault.TOO_LARGE,
            "MESSAGE_TOO_LARGE: " + total + " bytes, at most " + maxMessageBytes);
      }
    }
  }

  private static void require(boolean holds, String fault) throws ProtocolFault {
    if (!holds) {
      throw new ProtocolFault(ProtocolFault.PROTOCOL_ERROR, fault);
    }
  }

  private void begin(byte[] bytes, int at, int opcode, long length, int frameMask) {
    if (opcode != CONTINUATION) {
      inMessage = true;
      messageBytes = 0;
      text = opcode == TEXT;
      utf8.reset();
    }
    messageBytes += length;
    fin = bytes[at] < 0;
    left = length;
    mask = frameMask;
  }

  private void data(byte[] bytes, int at, int n, boolean last) throws ProtocolFault {
    if (text && (!utf8.accepts(bytes, at, at + n) || (last && !utf8.isComplete()))) {
      throw new ProtocolFault(ProtocolFault.NOT_UTF8, "text is not valid UTF-8");
    }
    if (last) {
      inMessage = false;
    }
    sink.data(bytes, at, n, text, last);
  }

  /** Returns whether the connection has ended. */
  private boolean control(int opcode, byte[] bytes, int at, int n) throws ProtocolFault {
    if (opcode == CLOSE) {
      if (!discarding) {
        checkClose(bytes, at, n);
      }
      sink.close(bytes, at, n);
      return true;
    }
    if (!discarding) {
      sink.control(opcode, bytes, at, n);
    }
    return false;
  }

  private static void checkClose(byte[] bytes, int at, int n) throws ProtocolFault {
    require(n != 1, "a close code has two bytes");
    if (n >= 2) {
      int code = (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
      require(CloseCodes.mayBeReceived(code), "close code " + code + " must not be sent");
      var utf8 = new Utf8Check();
      if (!utf8.accepts(bytes, at + 2, at + n) || !utf8.isComplete()) {
        throw new ProtocolFault(ProtocolFault.NOT_UTF8, "close reason is not valid UTF-8");
      }
    }
  }

  private void unmaskPiece(byte[] bytes, int at, int n) {
    unmask(bytes, at, n, mask);
    mask = Integer.rotateRight(mask, (n & 3) * 8);
  }

  /** {@code frameMask} holds the first masking byte in its lowest bits. */
  private static void unmask(byte[] bytes, int at, int n, int frameMask) {
    if (frameMask == 0) {
      return;
    }
    long wide = (frameMask & 0xffffffffL) | (long) frameMask << 32;
    int i = at;
    int end = at + n;
    for (; i + 8 <= end; i += 8) {
      LONGS.set(bytes, i, (long) LONGS.get(bytes, i) ^ wide);
    }
    for (int shift = 0; i < end; i++, shift += 8) {
      bytes[i] ^= (byte) (wide >>> shift);
    }
  }

  private static int intAt(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | (bytes[at + 3] & 0xff) << 24;
  }

  /** What a parser finds, in order. */
  public interface Sink {
    /** A piece of a data message, unmasked and, for text, checked. */
    void data(byte[] bytes, int at, int n, boolean text, boolean last);

    /** A ping (9) or pong (10). */
    void control(int opcode, byte[] bytes, int at, int n);

    /** A close frame's payload: empty, or a code and a reason. Nothing follows. */
    void close(byte[] bytes, int at, int n);
  }
}
