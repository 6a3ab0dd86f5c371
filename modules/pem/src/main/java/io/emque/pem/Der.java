package io.emque.pem;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** The few ASN.1 values that a certificate needs, in DER (X.690). */
public final class Der {
  private static final DateTimeFormatter GENERALIZED =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter UTC =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final Instant YEAR_2050 = Instant.parse("2050-01-01T00:00:00Z");

  private Der() {}

  /** A value of any kind; the contents one after another. */
  public static byte[] tagged(int tag, byte[]... contents) {
    var content = new ByteArrayOutputStream();
    for (byte[] part : contents) {
      content.writeBytes(part);
    }
    var out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length < 0x80) {
      out.write(length);
    } else {
      int bytes = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
      out.write(0x80 | bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        out.write(length >>> (8 * i));
      }
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  /** A sequence. */
  public static byte[] sequence(byte[]... contents) {
    return tagged(0x30, contents);
  }

  /** A set. */
  public static byte[] set(byte[]... contents) {
    return tagged(0x31, contents);
  }

  /** A whole number. */
  public static byte[] integer(BigInteger value) {
    return tagged(0x02, value.toByteArray());
  }

  /** True or false. */
  public static byte[] bool(boolean value) {
    return tagged(0x01, new byte[] {(byte) (value ? 0xff : 0)});
  }

  /** Bytes. */
  public static byte[] octets(byte[] value) {
    return tagged(0x04, value);
  }

  /** A bit string of whole bytes. */
  public static byte[] bits(byte[] value) {
    return tagged(0x03, new byte[1], value);
  }

  /** A bit string whose last {@code unused} bits do not count. */
  public static byte[] bits(int unused, byte value) {
    return tagged(0x03, new byte[] {(byte) unused, value});
  }

  /** A text. */
  public static byte[] utf8(String text) {
    return tagged(0x0c, text.getBytes(UTF_8));
  }

  /** A time, to the second. */
  public static byte[] time(Instant time) {
    return time.isBefore(YEAR_2050)
        ? tagged(0x17, UTC.format(time).getBytes(US_ASCII))
        : tagged(0x18, GENERALIZED.format(time).getBytes(US_ASCII));
  }

  /** The name of a kind of thing, as {@code 2.5.4.3}. */
  public static byte[] oid(String dotted) {
    String[] arcs = dotted.split("\\.");
    var out = new ByteArrayOutputStream();
    out.write(Integer.parseInt(arcs[0]) * 40 + Integer.parseInt(arcs[1]));
    for (int i = 2; i < arcs.length; i++) {
      int arc = Integer.parseInt(arcs[i]);
      for (int shift = 28; shift > 0; shift -= 7) {
        if (arc >>> shift != 0) {
          out.write(0x80 | (arc >>> shift & 0x7f));
        }
      }
      out.write(arc & 0x7f);
    }
    return tagged(0x06, out.toByteArray());
  }
}
