package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Topics;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Pattern;
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
  private static final Pattern AGO = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");

  static SubscribeRequest parse(
      @Nullable String rawQuery, Headers headers, HttpOptions http, InstantSource clock) {
    Query query = Query.parse(rawQuery);
    String topic = Topics.requireValid(query.get("topic"));
    var options = new SubscribeOptions(start(query, headers, clock), slow(query, http));
    return new SubscribeRequest(topic, options, format(query, headers));
  }

  private static StartPosition start(Query query, Headers headers, InstantSource clock) {
    String from = query.get("from");
    String after = query.get("after");
    String since = query.get("since");
    StartPosition asked = StartPosition.LATEST;
    if (from != null) {
      asked = from(from);
    }
    if (after != null) {
      asked = StartPosition.after(Cursor.parse(after));
    }
    if (since != null) {
      asked = new StartPosition.Since(time(since, clock));
    }
    if ((from == null ? 0 : 1) + (after == null ? 0 : 1) + (since == null ? 0 : 1) > 1) {
      throw new BrokerException(
          ErrorCode.OPTION_INVALID, "from, after and since exclude each other; give one of them");
    }
    String lastEventId = headers.first(LAST_EVENT_ID).orElse("");
    return lastEventId.isEmpty() ? asked : StartPosition.after(Cursor.parse(lastEventId));
  }

  private static StartPosition from(String from) {
    if (from.equals("latest")) {
      return StartPosition.LATEST;
    }
    if (from.equals("earliest")) {
      return StartPosition.EARLIEST;
    }
    if (from.indexOf(':') >= 0) {
      return new StartPosition.At(Cursor.parse(from));
    }
    try {
      if (!from.isEmpty() && from.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return new StartPosition.Offset(Long.parseLong(from));
      }
    } catch (NumberFormatException e) {
      // too large: refused below
    }
    throw new BrokerException(
        ErrorCode.CURSOR_INVALID,
        "from=" + shown(from) + " is none of latest, earliest, an offset, EPOCH:OFFSET");
  }

  private static Instant time(String since, InstantSource clock) {
    var ago = AGO.matcher(since);
    try {
      if (ago.matches()) {
        long n = Long.parseLong(ago.group(1));
        Duration back =
            switch (ago.group(2)) {
              case "ms" -> Duration.ofMillis(n);
              case "s" -> Duration.ofSeconds(n);
              case "m" -> Duration.ofMinutes(n);
              case "h" -> Duration.ofHours(n);
              default -> Duration.ofDays(n);
            };
        Instant now = clock.instant();
        return back.compareTo(Duration.between(Instant.EPOCH, now)) > 0
            ? Instant.EPOCH
            : now.minus(back);
      }
      // In a query a plus sign is a space: the zone's sign comes back.
      return OffsetDateTime.parse(since.replace(' ', '+').toUpperCase(Locale.ROOT)).toInstant();
    } catch (DateTimeParseException | ArithmeticException e) {
      throw new BrokerException(
          ErrorCode.CURSOR_INVALID,
          "since="
              + shown(since)
              + " is neither a span (500ms, 30s, 10m, 2h, 1d) nor a time as 2026-01-31T12:00:00Z");
    }
  }

  private static SlowPolicy slow(Query query, HttpOptions http) {
    String slow = query.get("slow");
    if (slow == null) {
      return http.slow();
    }
    return switch (slow) {
      case "skip" -> SlowPolicy.SKIP;
      case "disconnect" -> SlowPolicy.DISCONNECT;
      case "block" -> {
        if (!http.allowBlock()) {
          throw new BrokerException(
              ErrorCode.FORBIDDEN,
              "slow=block is not allowed here; use skip or disconnect, or start the server with"
                  + " --allow_block");
        }
        yield SlowPolicy.BLOCK;
      }
      default ->
          throw new BrokerException(
              ErrorCode.OPTION_INVALID,
              "slow=" + shown(slow) + " is none of skip, disconnect, block");
    };
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
          "format=" + shown(asked) + " is none of raw, lines, json, text, sse");
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

  private static String shown(String value) {
    return "\"" + (value.length() > 80 ? value.substring(0, 80) + "…" : value) + "\"";
  }
}
