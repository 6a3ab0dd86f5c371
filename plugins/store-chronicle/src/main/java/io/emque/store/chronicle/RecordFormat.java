package io.emque.store.chronicle;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A record in a file: a head, then id, headers and payload, then zeros up to a multiple of four.
 *
 * <pre>
 *  0  magic
 *  4  CRC32C of the segment's salt, the position in the file, and the head from 8 on
 *  8  CRC32C of id, headers and payload
 * 12  offset, 8 bytes
 * 20  time, 8 bytes
 * 28  length of the id; -1 without one
 * 32  length of the headers
 * 36  length of the payload
 * </pre>
 *
 * <p>The salt and the position make a record valid in one place alone: what looks like a record
 * inside of a payload, put there by somebody who publishes such a file, is none. Since the head
 * proves itself, its lengths can be trusted before the body was read. Little endian.
 */
final class RecordFormat {
  static final int HEAD = 40;
  static final int MAGIC = 0x31514d45; // EMQ1
  private static final int MOST_HEADERS = 1 << 20;
  private static final int SEAL = 16; // salt and position, before the head in the scratch

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long salt;
  private final CRC32C crc = new CRC32C();
  private final byte[] seal = new byte[SEAL];

  RecordFormat(long salt) {
    this.salt = salt;
  }

  static int padded(int length) {
    return (length + 3) & ~3;
  }

  static long padded(long length) {
    return (length + 3) & ~3L;
  }

  /** Writes a head whose body consists of the given parts. */
  void head(
      byte[] to,
      long position,
      long offset,
      long timeNanos,
      byte @Nullable [] id,
      byte[] headers,
      byte[] payload,
      int start,
      int length) {
    crc.reset();
    if (id != null) {
      crc.update(id);
    }
    crc.update(headers);
    crc.update(payload, start, length);
    INT.set(to, 0, MAGIC);
    INT.set(to, 8, (int) crc.getValue());
    LONG.set(to, 12, offset);
    LONG.set(to, 20, timeNanos);
    INT.set(to, 28, id == null ? -1 : id.length);
    INT.set(to, 32, headers.length);
    INT.set(to, 36, length);
    INT.set(to, 4, headChecksum(to, 0, position));
  }

  static boolean hasMagic(byte[] bytes, int at) {
    return (int) INT.get(bytes, at) == MAGIC;
  }

  /** Whether a head stands here that was written for this position of this segment. */
  boolean isHead(byte[] bytes, int at, long position) {
    return hasMagic(bytes, at)
        && (int) INT.get(bytes, at + 4) == headChecksum(bytes, at, position)
        && idLength(bytes, at) >= -1
        && headersLength(bytes, at) >= 0
        && payloadLength(bytes, at) >= 0;
  }

  private int headChecksum(byte[] bytes, int at, long position) {
    LONG.set(seal, 0, salt);
    LONG.set(seal, 8, position);
    crc.reset();
    crc.update(seal, 0, SEAL);
    crc.update(bytes, at + 8, HEAD - 8);
    return (int) crc.getValue();
  }

  boolean isBody(byte[] bytes, int at) {
    crc.reset();
    crc.update(bytes, at + HEAD, (int) (length(bytes, at) - HEAD));
    return (int) INT.get(bytes, at + 8) == (int) crc.getValue();
  }

  /** Of the whole record, but for the zeros at its end. */
  static long length(byte[] bytes, int at) {
    return (long) HEAD
        + Math.max(0, idLength(bytes, at))
        + headersLength(bytes, at)
        + payloadLength(bytes, at);
  }

  static long offset(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at + 12);
  }

  static long timeNanos(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at + 20);
  }

  static int idLength(byte[] bytes, int at) {
    return (int) INT.get(bytes, at + 28);
  }

  static int headersLength(byte[] bytes, int at) {
    return (int) INT.get(bytes, at + 32);
  }

  static int payloadLength(byte[] bytes, int at) {
    return (int) INT.get(bytes, at + 36);
  }

  static int intAt(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  /** How many, then the length and text of each name and value. */
  static byte[] encode(Map<String, String> headers) {
    if (headers.isEmpty()) {
      return new byte[0];
    }
    byte[] bytes = new byte[256];
    int end = 4;
    INT.set(bytes, 0, headers.size());
    for (var header : headers.entrySet()) {
      for (String text : new String[] {header.getKey(), header.getValue()}) {
        byte[] utf8 = text.getBytes(UTF_8);
        if (bytes.length - end < 4 + utf8.length) {
          bytes = Arrays.copyOf(bytes, 2 * bytes.length + 4 + utf8.length);
        }
        INT.set(bytes, end, utf8.length);
        System.arraycopy(utf8, 0, bytes, end + 4, utf8.length);
        end += 4 + utf8.length;
      }
    }
    return Arrays.copyOf(bytes, end);
  }

  /** Only of bytes whose checksum is right. */
  static Map<String, String> decode(byte[] bytes, int start, int length) {
    if (length == 0) {
      return Map.of();
    }
    int count = (int) INT.get(bytes, start);
    var headers = LinkedHashMap.<String, String>newLinkedHashMap(Math.min(count, MOST_HEADERS));
    int at = start + 4;
    for (int i = 0; i < count; i++) {
      String name = text(bytes, at);
      at += 4 + (int) INT.get(bytes, at);
      String value = text(bytes, at);
      at += 4 + (int) INT.get(bytes, at);
      headers.put(name, value);
    }
    return Collections.unmodifiableMap(headers);
  }

  private static String text(byte[] bytes, int at) {
    return new String(bytes, at + 4, (int) INT.get(bytes, at), UTF_8);
  }
}
