package io.emque.engine;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What few messages have.
 *
 * @param id the publisher's id, or null
 * @param headers application headers; immutable
 */
record Extras(@Nullable String id, Map<String, String> headers) {
  /** Roughly what it costs in memory. */
  int bytes() {
    int bytes = 24 + (id == null ? 0 : 56 + id.length());
    for (var header : headers.entrySet()) {
      bytes += 120 + header.getKey().length() + header.getValue().length();
    }
    return bytes;
  }
}
