package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A query string, form-encoded: {@code +} is a space, escapes are UTF-8, the first value of a name
 * wins.
 */
final class Query {
  private static final int SHOWN = 80;

  private final Map<String, String> values = new HashMap<>();

  private Query() {}

  /**
   * @param raw as it came, without the question mark; null or empty for none
   * @throws BrokerException {@link ErrorCode#QUERY_INVALID} for a malformed escape or bytes that
   *     are not UTF-8
   */
  static Query parse(@Nullable String raw) {
    var query = new Query();
    if (raw == null || raw.isEmpty()) {
      return query;
    }
    for (int from = 0; from <= raw.length(); ) {
      int to = raw.indexOf('&', from);
      if (to < 0) {
        to = raw.length();
      }
      if (to > from) {
        String pair = raw.substring(from, to);
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        query.values.putIfAbsent(decode(name, true), decode(value, true));
      }
      from = to + 1;
    }
    return query;
  }

  /** The first value, or null. */
  @Nullable String get(String name) {
    return values.get(name);
  }

  /**
   * Takes escapes apart.
   *
   * @param form whether {@code +} is a space
   */
  static String decode(String raw, boolean form) {
    byte[] in = raw.getBytes(UTF_8);
    var out = new byte[in.length];
    int n = 0;
    for (int i = 0; i < in.length; i++) {
      int b = in[i];
      if (b == '%') {
        int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
        int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          throw invalid(raw, "has a % that two hex digits do not follow");
        }
        out[n++] = (byte) (high << 4 | low);
        i += 2;
      } else {
        out[n++] = (byte) (b == '+' && form ? ' ' : b);
      }
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(out, 0, n)).toString();
    } catch (CharacterCodingException e) {
      throw invalid(raw, "is not UTF-8");
    }
  }

  private static BrokerException invalid(String raw, String fault) {
    String shown = raw.length() > SHOWN ? raw.substring(0, SHOWN) + "…" : raw;
    return new BrokerException(
        ErrorCode.QUERY_INVALID,
        "\"" + shown + "\" " + fault + "; escape each byte of its UTF-8 as %XX");
  }
}
