package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.ErrorCode;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import java.util.Locale;

/**
 * Frames of HTTP/2 (RFC 9113) for a connection that may not stay. Nothing that the client sent is
 * looked into but the heads of its frames.
 */
final class Http2Refusal {
  private static final int PREFACE = 24; // section 3.4
  private static final int HEADER = 9; // section 4.1
  private static final int LARGEST = 16 * 1024;
  private static final int MOST_FRAMES = 100; // before the first request

  // Types, flags and codes: sections 6 and 7.
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int ACK = 1;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int NO_ERROR = 0;
  private static final int ENHANCE_YOUR_CALM = 0xb;

  /** {@code :status} as a literal that nobody need remember (RFC 7541, section 6.2.2). */
  private static final int STATUS = 0x08;

  private Http2Refusal() {}

  /** Whatever is asked for may be asked for elsewhere, or later. */
  static byte[] of(String why) {
    BufferData frames = BufferData.growing(64 + why.length());
    head(frames, 0, SETTINGS, 0, 0);
    goAway(frames, 0, ENHANCE_YOUR_CALM, ErrorCode.OVERLOADED, why);
    return frames.readBytes();
  }

  /** What a server says first. */
  static byte[] begin() {
    BufferData frames = BufferData.growing(HEADER);
    head(frames, 0, SETTINGS, 0, 0);
    return frames.readBytes();
  }

  /** Waits for the first request, and returns its stream. */
  static int awaitRequest(DataReader reader) {
    reader.skip(PREFACE);
    for (int i = 0; i < MOST_FRAMES; i++) {
      BufferData head = reader.readBuffer(HEADER);
      int length = head.readInt24();
      int type = head.read();
      head.read(); // flags
      int stream = head.readInt32() & Integer.MAX_VALUE;
      if (length > LARGEST) {
        break;
      }
      reader.skip(length);
      if (type == HEADERS) {
        return stream;
      }
    }
    throw new CloseConnectionException("no request came");
  }

  /**
   * The answer to a request, after {@link #begin}, and the end of the connection. A client of gRPC
   * makes the status that fits of it, and shows its headers and words.
   */
  static byte[] of(int stream, ErrorCode code, String why) {
    byte[] line = (why + "\n").getBytes(UTF_8);
    BufferData fields = BufferData.growing(256);
    fields.write(STATUS);
    text(fields, Integer.toString(code.httpStatus()));
    field(fields, Names.ERROR.defaultCase(), code.name());
    field(fields, "Content-Type", "text/plain; charset=utf-8");
    field(fields, "Content-Length", Integer.toString(line.length));
    if (code == ErrorCode.UNAUTHENTICATED) {
      field(fields, Names.CHALLENGE.defaultCase(), "Certificate realm=\"emque\"");
    }
    BufferData frames = BufferData.growing(512 + 2 * line.length);
    head(frames, 0, SETTINGS, ACK, 0);
    head(frames, fields.available(), HEADERS, END_HEADERS, stream);
    frames.write(fields);
    head(frames, line.length, DATA, END_STREAM, stream);
    frames.write(line);
    goAway(frames, stream, NO_ERROR, code, why);
    return frames.readBytes();
  }

  private static void field(BufferData fields, String name, String value) {
    fields.write(0); // a name of our own, to be remembered by nobody
    text(fields, name.toLowerCase(Locale.ROOT));
    text(fields, value);
  }

  /** Shorter than 127 bytes, not compressed (RFC 7541, section 5.2). */
  private static void text(BufferData fields, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    fields.write(bytes.length);
    fields.write(bytes);
  }

  /**
   * @param last the last request that was taken; 0 for none
   */
  private static void goAway(BufferData frames, int last, int error, ErrorCode code, String why) {
    byte[] words = (code + ": " + why).getBytes(US_ASCII);
    head(frames, 8 + words.length, GOAWAY, 0, 0);
    frames.writeInt32(last);
    frames.writeInt32(error);
    frames.write(words);
  }

  private static void head(BufferData frames, int length, int type, int flags, int stream) {
    frames.writeInt24(length);
    frames.writeInt8(type);
    frames.writeInt8(flags);
    frames.writeInt32(stream);
  }
}
