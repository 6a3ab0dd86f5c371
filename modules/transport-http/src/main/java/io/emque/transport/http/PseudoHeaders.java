package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.Map;

/**
 * Puts the index in the place of a pseudo-header's name that is spelled out in an HPACK block (RFC
 * 7541). Both mean the same; the server takes the index alone, and gRPC's C library, on which its
 * clients in Python, C++, Ruby and PHP stand, spells {@code :path} and {@code :authority} out.
 */
final class PseudoHeaders {
  /** RFC 7541, appendix A; each below 15, so it fits any prefix. */
  private static final Map<String, Integer> INDEXES =
      Map.of(":authority", 1, ":method", 2, ":path", 4, ":scheme", 6);

  private final byte[] frame;
  private final HeaderBlock block; // what goes on in another frame, or is broken, stays as it is

  private PseudoHeaders(byte[] frame) {
    this.frame = frame;
    this.block = HeaderBlock.of(frame);
  }

  /** A HEADERS frame, whole, with indexes. It is the same one when it had them already. */
  static byte[] indexed(byte[] frame) {
    return frame.length > Http2Tap.HEADER ? new PseudoHeaders(frame).indexed() : frame;
  }

  private byte[] indexed() {
    var out = new ByteArrayOutputStream(frame.length);
    int written = block.at();
    out.write(frame, 0, Math.min(written, frame.length));
    while (block.hasMore()) {
      int field = block.at();
      int first = block.first();
      if ((first & 0x80) != 0) {
        block.number(7);
      } else if ((first & 0xe0) == 0x20) {
        block.number(5); // the table's size
      } else if (block.number((first & 0x40) != 0 ? 6 : 4) != 0) {
        block.string();
      } else if (!block.isCut()) {
        int index = name();
        int value = block.at();
        block.string();
        if (index != 0 && !block.isCut()) {
          out.write(frame, written, field - written);
          out.write(first | index);
          written = value;
        }
      }
    }
    if (written > frame.length || out.size() == written) {
      return frame;
    }
    out.write(frame, written, frame.length - written);
    return sized(out.toByteArray());
  }

  /** The index of the name that stands here; 0 when it is another's, or encoded. */
  private int name() {
    int start = block.at();
    int length = block.string();
    if (length < 0 || (frame[start] & 0x80) != 0) {
      return 0;
    }
    return INDEXES.getOrDefault(new String(frame, block.at() - length, length, ISO_8859_1), 0);
  }

  private static byte[] sized(byte[] frame) {
    int length = frame.length - Http2Tap.HEADER;
    frame[0] = (byte) (length >> 16);
    frame[1] = (byte) (length >> 8);
    frame[2] = (byte) length;
    return frame;
  }
}
