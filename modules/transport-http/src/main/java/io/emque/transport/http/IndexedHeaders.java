package io.emque.transport.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.http.http2.Http2HuffmanDecoder;
import java.io.ByteArrayOutputStream;

/**
 * Finds the header that a client's HPACK blocks (RFC 7541) want to be kept in the table of headers
 * though it is larger than the whole table. By section 4.4 that empties the table; the server's
 * decoder would make room for it for ever. No encoder that is known does it.
 *
 * <p><b>Threads:</b> the connection's own.
 */
final class IndexedHeaders {
  /** What a table holds at first; the server says nothing else (RFC 9113, section 6.5.2). */
  private static final int TABLE = 4_096;

  private static final int OVERHEAD = 32; // of each entry, section 4.1

  /** The longest name of appendix A is {@code access-control-allow-origin}. */
  private static final int LONGEST_STATIC_NAME = 27;

  private static final int SHORTEST_CODE = 5; // bits, appendix B

  /** Of one block in several frames; far more than a server takes. */
  private static final int MAX_BLOCK = 1024 * 1024;

  private final ByteArrayOutputStream parts = new ByteArrayOutputStream(0);
  private int table = TABLE;
  private int longestName = LONGEST_STATIC_NAME;

  /**
   * Looks at a HEADERS or CONTINUATION frame, whole.
   *
   * @return false when the server must not see it
   */
  boolean fit(byte[] frame) {
    boolean begins = frame[3] == Http2Tap.HEADERS;
    boolean ends = (frame[4] & Http2Tap.END_HEADERS) != 0;
    if (begins && ends) {
      return fit(HeaderBlock.of(frame), frame);
    }
    if (begins) {
      parts.reset();
      HeaderBlock part = HeaderBlock.of(frame);
      if (part.at() <= part.end()) {
        parts.write(frame, part.at(), part.end() - part.at());
      }
    } else {
      parts.write(frame, Http2Tap.HEADER, frame.length - Http2Tap.HEADER);
    }
    if (!ends) {
      return parts.size() <= MAX_BLOCK;
    }
    byte[] whole = parts.toByteArray();
    parts.reset();
    return fit(new HeaderBlock(whole, 0, whole.length), whole);
  }

  private boolean fit(HeaderBlock block, byte[] bytes) {
    while (block.hasMore()) {
      int first = block.first();
      if ((first & 0x80) != 0) {
        block.number(7);
      } else if ((first & 0xe0) == 0x20) {
        table = block.number(5);
      } else {
        boolean kept = (first & 0x40) != 0;
        if (block.number(kept ? 6 : 4) == 0 && !block.isCut()) {
          longestName = Math.max(longestName, atMost(isEncoded(block), block.string()));
        }
        boolean encoded = isEncoded(block);
        int length = block.string();
        if (kept && !block.isCut() && !fits(encoded, bytes, block.at() - length, length)) {
          return false;
        }
      }
    }
    return !block.isCut();
  }

  private static boolean isEncoded(HeaderBlock block) {
    return block.hasMore() && (block.first() & 0x80) != 0;
  }

  /** How long a string of so many bytes may be. */
  private static int atMost(boolean encoded, int length) {
    return encoded ? length * Byte.SIZE / SHORTEST_CODE : length;
  }

  /** Whether a value is within the table, under the longest name that there was. */
  private boolean fits(boolean encoded, byte[] bytes, int from, int length) {
    int room = table - OVERHEAD - longestName;
    return atMost(encoded, length) <= room || (encoded && decoded(bytes, from, length) <= room);
  }

  private static int decoded(byte[] bytes, int from, int length) {
    try {
      return Http2HuffmanDecoder.create()
          .decodeString(BufferData.create(bytes, from, length), length)
          .length();
    } catch (RuntimeException broken) {
      return Integer.MAX_VALUE;
    }
  }
}
