package io.emque.engine;

import io.emque.api.Cursor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What few messages have.
 *
 * @param id the publisher's id, or null
 * @param headers application headers; immutable
 * @param cursor its position in a merged log of other servers; null for most
 */
record Extras(@Nullable String id, Map<String, String> headers, @Nullable Cursor cursor) {
  private static final int CURSOR_BYTES = 80;

  /** Roughly what it costs in memory. */
  int bytes() {
    int bytes = 24 + (id == null ? 0 : 56 + id.length());
    bytes += cursor == null ? 0 : CURSOR_BYTES + cursor.epoch().length();
    for (var header : headers.entrySet()) {
      bytes += 120 + header.getKey().length() + header.getValue().length();
    }
    return bytes;
  }
}
