package io.emque.frames;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * RFC 6455, section 5, read as it is written: of a whole stream at once, one frame after another,
 * with no thought of speed. What the parser is compared with.
 */
final class PlainFrames {
  private static final BigInteger TOP = BigInteger.ONE.shiftLeft(63);

  private final boolean masked;
  private final boolean discarding;
  private final int max;
  private final boolean planted;
  private final List<String> seen = new ArrayList<>();
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();
  private boolean inMessage;
  private boolean text;
  private boolean closeSeen;

  /**
   * @param planted whether to take lengths that are not in their shortest form, a fault
   */
  PlainFrames(boolean masked, boolean discarding, int max, boolean planted) {
    this.masked = masked;
    this.discarding = discarding;
    this.max = max;
    this.planted = planted;
  }

  List<String> read(byte[] stream) {
    try {
      int at = 0;
      while (at >= 0) {
        at = frame(stream, at);
      }
    } catch (ProtocolFault fault) {
      seen.add("fault " + fault.code());
    }
    if (closeSeen) {
      seen.add("close received");
    }
    return seen;
  }

  /** Returns where the next one begins; -1 when it cannot be read on. */
  private int frame(byte[] in, int at) throws ProtocolFault {
    if (in.length - at < 2) {
      return -1;
    }
    boolean fin = in[at] < 0;
    int reserved = in[at] & 0x70;
    int opcode = in[at] & 0x0f;
    boolean hasMask = in[at + 1] < 0;
    int form = in[at + 1] & 0x7f;
    int wide = form == 126 ? 2 : form == 127 ? 8 : 0;
    int head = 2 + wide + (hasMask ? 4 : 0);
    if (in.length - at < head) {
      return -1;
    }
    var length =
        wide == 0
            ? BigInteger.valueOf(form)
            : new BigInteger(1, Arrays.copyOfRange(in, at + 2, at + 2 + wide));
    closeSeen |= opcode == 8;
    if (!discarding) {
      check(reserved == 0);
      check(opcode <= 2 || (opcode >= 8 && opcode <= 10));
      check(hasMask == masked);
      check(planted || form != 126 || length.intValueExact() >= 126);
      check(planted || form != 127 || length.bitLength() > 16);
      check(length.compareTo(TOP) < 0);
      check(opcode < 8 || (fin && form <= 125));
      check(opcode >= 8 || (opcode == 0) == inMessage);
    }
    var size = length.mod(TOP);
    if (opcode < 8 && !discarding) {
      int before = inMessage ? message.size() : 0;
      if (size.add(BigInteger.valueOf(before)).compareTo(BigInteger.valueOf(max)) > 0) {
        throw new ProtocolFault(ProtocolFault.TOO_LARGE, "too large");
      }
    }
    int there = size.min(BigInteger.valueOf(in.length - at - head)).intValue();
    boolean whole = BigInteger.valueOf(there).equals(size);
    byte[] payload = Arrays.copyOfRange(in, at + head, at + head + there);
    for (int i = 0; hasMask && i < there; i++) {
      payload[i] ^= in[at + head - 4 + i % 4];
    }
    if (opcode >= 8) {
      return control(opcode, size, payload, whole) ? at + head + there : -1;
    }
    if (!discarding) {
      data(opcode, payload, fin, whole);
    }
    return whole ? at + head + there : -1;
  }

  private void data(int opcode, byte[] payload, boolean fin, boolean whole) throws ProtocolFault {
    if (opcode != 0) {
      message.reset();
      text = opcode == 1;
    }
    inMessage = true;
    message.writeBytes(payload);
    boolean last = fin && whole;
    if (text && !isUtf8(message.toByteArray(), last)) {
      throw new ProtocolFault(ProtocolFault.NOT_UTF8, "not UTF-8");
    }
    if (last) {
      seen.add((text ? "text " : "binary ") + HexFormat.of().formatHex(message.toByteArray()));
      inMessage = false;
    }
  }

  /** Whether the stream goes on. */
  private boolean control(int opcode, BigInteger size, byte[] payload, boolean whole)
      throws ProtocolFault {
    if (!whole) {
      return false;
    }
    if (size.bitLength() > 7 || size.intValue() > 125) {
      return true; // only while discarding: skipped
    }
    if (opcode != 8) {
      if (!discarding) {
        seen.add("control " + opcode + " " + HexFormat.of().formatHex(payload));
      }
      return true;
    }
    if (!discarding && payload.length > 0) {
      check(payload.length >= 2);
      int code = (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
      check(
          (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006)
              || (code >= 3000 && code < 5000));
      if (!isUtf8(Arrays.copyOfRange(payload, 2, payload.length), true)) {
        throw new ProtocolFault(ProtocolFault.NOT_UTF8, "not UTF-8");
      }
    }
    seen.add("close " + HexFormat.of().formatHex(payload));
    return false;
  }

  private static void check(boolean holds) throws ProtocolFault {
    if (!holds) {
      throw new ProtocolFault(ProtocolFault.PROTOCOL_ERROR, "broken");
    }
  }

  /** By the table of RFC 3629, section 4; a beginning is enough unless it is to be whole. */
  private static boolean isUtf8(byte[] in, boolean whole) {
    for (int i = 0; i < in.length; ) {
      int first = in[i] & 0xff;
      int more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
      if (more < 0 || first > 0xf4) {
        return false;
      }
      for (int k = 1; k <= more; k++) {
        if (i + k == in.length) {
          return !whole;
        }
        int low = k > 1 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int high = k > 1 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        int next = in[i + k] & 0xff;
        if (next < low || next > high) {
          return false;
        }
      }
      i += more + 1;
    }
    return true;
  }
}
