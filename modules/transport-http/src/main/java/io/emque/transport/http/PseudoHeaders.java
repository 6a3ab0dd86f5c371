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
  private static final int FRAME_HEADER = 9; // RFC 9113, section 4.1
  private static final int PADDED = 0x8;
  private static final int PRIORITY = 0x20;

  /** RFC 7541, appendix A; each below 15, so it fits any prefix. */
  private static final Map<String, Integer> INDEXES =
      Map.of(":authority", 1, ":method", 2, ":path", 4, ":scheme", 6);

  private final byte[] frame;
  private final int end;
  private int at;
  private int number; // read last
  private boolean cut; // the block goes on in another frame, or is broken: left as it is

  private PseudoHeaders(byte[] frame) {
    this.frame = frame;
    int padding = (frame[4] & PADDED) == 0 ? 0 : frame[FRAME_HEADER] & 0xff;
    this.end = frame.length - padding;
    this.at =
        FRAME_HEADER + ((frame[4] & PADDED) == 0 ? 0 : 1) + ((frame[4] & PRIORITY) == 0 ? 0 : 5);
  }

  /** A HEADERS frame, whole, with indexes. It is the same one when it had them already. */
  static byte[] indexed(byte[] frame) {
    return frame.length > FRAME_HEADER ? new PseudoHeaders(frame).indexed() : frame;
  }

  private byte[] indexed() {
    var out = new ByteArrayOutputStream(frame.length);
    out.write(frame, 0, Math.min(at, frame.length));
    int written = at;
    while (at < end && !cut) {
      int field = at;
      int first = frame[at];
      if ((first & 0x80) != 0) {
        number(7);
      } else if ((first & 0xe0) == 0x20) {
        number(5); // the table's size
      } else {
        number((first & 0x40) != 0 ? 6 : 4);
        if (number == 0 && !cut) {
          int index = name();
          int value = at;
          string();
          if (index != 0 && !cut) {
            out.write(frame, written, field - written);
            out.write(first | index);
            written = value;
          }
        } else {
          string();
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
    int start = at;
    string();
    if (cut || (frame[start] & 0x80) != 0) {
      return 0;
    }
    return INDEXES.getOrDefault(new String(frame, at - number, number, ISO_8859_1), 0);
  }

  private void string() {
    if (at >= end) {
      cut = true;
      return;
    }
    number(7);
    if (number > end - at) {
      cut = true;
    } else if (!cut) {
      at += number;
    }
  }

  /** Section 5.1. */
  private void number(int prefixBits) {
    int most = (1 << prefixBits) - 1;
    number = frame[at++] & most;
    if (number < most) {
      return;
    }
    for (int shift = 0; shift <= 14 && at < end; shift += 7) {
      int b = frame[at++];
      number += (b & 0x7f) << shift;
      if ((b & 0x80) == 0) {
        return;
      }
    }
    cut = true;
  }

  private static byte[] sized(byte[] frame) {
    int length = frame.length - FRAME_HEADER;
    frame[0] = (byte) (length >> 16);
    frame[1] = (byte) (length >> 8);
    frame[2] = (byte) length;
    return frame;
  }
}
