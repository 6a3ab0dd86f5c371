package io.emque.transport.http;

/** Goes through an HPACK block (RFC 7541) without taking its strings apart. One thread. */
final class HeaderBlock {
  private static final int PADDED = 0x8; // RFC 9113, section 6.2
  private static final int PRIORITY = 0x20;

  private final byte[] bytes;
  private final int end;
  private int at;
  private int number; // read last
  private boolean cut;

  /** A block, or a part of one. */
  HeaderBlock(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  /** What a HEADERS frame holds. */
  static HeaderBlock of(byte[] frame) {
    boolean padded = (frame[4] & PADDED) != 0;
    int from = Http2Tap.HEADER + (padded ? 1 : 0) + ((frame[4] & PRIORITY) != 0 ? 5 : 0);
    int padding = padded && frame.length > Http2Tap.HEADER ? frame[Http2Tap.HEADER] & 0xff : 0;
    return new HeaderBlock(frame, from, frame.length - padding);
  }

  /** Where it stands, in its bytes. */
  int at() {
    return at;
  }

  /** Where it ends, in its bytes. */
  int end() {
    return end;
  }

  /** Whether there is more that can be read. */
  boolean hasMore() {
    return at < end && !cut;
  }

  /** Whether it goes on elsewhere, or is broken. */
  boolean isCut() {
    return cut;
  }

  /** The byte that a field begins with. */
  int first() {
    return bytes[at] & 0xff;
  }

  /** A number (section 5.1); without meaning once it {@link #isCut}. */
  int number(int prefixBits) {
    int most = (1 << prefixBits) - 1;
    number = bytes[at++] & most;
    if (number < most) {
      return number;
    }
    for (int shift = 0; shift <= 14 && at < end; shift += 7) {
      int b = bytes[at++];
      number += (b & 0x7f) << shift;
      if ((b & 0x80) == 0) {
        return number;
      }
    }
    cut = true;
    return 0;
  }

  /**
   * Goes over a string (section 5.2).
   *
   * @return how many bytes it takes, which end where it stands now; -1 when it is cut
   */
  int string() {
    if (at >= end) {
      cut = true;
      return -1;
    }
    int length = number(7);
    if (length > end - at) {
      cut = true;
    }
    if (cut) {
      return -1;
    }
    at += length;
    return length;
  }
}
