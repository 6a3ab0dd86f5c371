package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Topics;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.time.InstantSource;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a subscriber asked for, read from its query and headers.
 *
 * @param topic valid
 * @param options where to start, and the policy
 * @param format asked for, or null for the protocol's own
 */
record SubscribeRequest(String topic, SubscribeOptions options, @Nullable Format format) {
  private static final HeaderName LAST_EVENT_ID = HeaderNames.create("Last-Event-ID");

  static SubscribeRequest parse(
      @Nullable String rawQuery, Headers headers, HttpOptions http, InstantSource clock) {
    Query query = Query.parse(rawQuery);
    return parse(Topics.requireValid(query.get("topic")), query, headers, http, clock);
  }

  /** Of a topic that the query does not name. */
  static SubscribeRequest parse(
      String topic, Query query, Headers headers, HttpOptions http, InstantSource clock) {
    SubscribeOptions options =
        SubscribeParameters.parse(
            query.get("from"),
            query.get("after"),
            query.get("since"),
            query.get("slow"),
            http,
            clock);
    String lastEventId = headers.first(LAST_EVENT_ID).orElse("");
    if (!lastEventId.isEmpty()) {
      options = options.from(StartPosition.after(Cursor.parse(lastEventId)));
    }
    return new SubscribeRequest(topic, options, format(query, headers));
  }

  private static @Nullable Format format(Query query, Headers headers) {
    String asked = query.get("format");
    if (asked != null) {
      for (Format format : Format.values()) {
        if (format.wireName().equals(asked)) {
          return format;
        }
      }
      throw new BrokerException(
          ErrorCode.OPTION_INVALID,
          "format=" + SubscribeParameters.shown(asked) + " is none of raw, lines, json, text, sse");
    }
    for (String accept : headers.values(HeaderNames.ACCEPT)) {
      String lower = accept.toLowerCase(Locale.ROOT);
      if (lower.contains("text/event-stream")) {
        return Format.SSE;
      }
      if (lower.contains("application/x-ndjson")) {
        return Format.JSON;
      }
    }
    return null;
  }
}
