package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** RFC 3339 with nanoseconds. Formats a second once; one thread. */
final class Timestamp {
  private static final long NANOS = 1_000_000_000L;
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.");

  private long second = Long.MIN_VALUE;
  private byte[] prefix = {};
  private final byte[] fraction = new byte[10];

  void put(Output out, long nanosSince1970) {
    long at = Math.floorDiv(nanosSince1970, NANOS);
    if (at != second) {
      second = at;
      prefix =
          LocalDateTime.ofEpochSecond(at, 0, ZoneOffset.UTC).format(SECONDS).getBytes(US_ASCII);
    }
    long rest = Math.floorMod(nanosSince1970, NANOS);
    for (int i = 8; i >= 0; i--) {
      fraction[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    fraction[9] = 'Z';
    out.put(prefix).put(fraction);
  }
}
