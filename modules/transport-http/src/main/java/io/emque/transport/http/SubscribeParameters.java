package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How to subscribe, as it is written in a query and in a gRPC request.
 *
 * <p><b>Errors:</b> {@link BrokerException}s that name the parameter, the value and the rule.
 */
public final class SubscribeParameters {
  private static final Pattern AGO = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");

  private SubscribeParameters() {}

  /** Reads the parameters; each is null when it was not given. */
  public static SubscribeOptions parse(
      @Nullable String from,
      @Nullable String after,
      @Nullable String since,
      @Nullable String slow,
      HttpOptions http,
      InstantSource clock) {
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
    return new SubscribeOptions(asked, slow(slow, http));
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

  private static SlowPolicy slow(@Nullable String slow, HttpOptions http) {
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

  static String shown(String value) {
    return "\"" + (value.length() > 80 ? value.substring(0, 80) + "…" : value) + "\"";
  }
}
