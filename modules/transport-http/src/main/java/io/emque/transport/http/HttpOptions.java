package io.emque.transport.http;

import static java.util.Objects.requireNonNull;

import io.emque.api.SlowPolicy;
import io.emque.transport.http.limits.Limits;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How the transport behaves.
 *
 * @param heartbeat silence after which an idle stream gets a sign of life; positive
 * @param slow policy of subscribers that ask for none
 * @param allowBlock whether subscribers may ask for {@code slow=block}
 * @param allowOrigins origins, as {@code scheme://host[:port]}, that pages may come from beside the
 *     server's own; {@code *} for any
 * @param accessLog gets one line per request, without a line end; null for none; called by many
 *     threads
 * @param accessLogJson whether those lines are JSON instead of Common Log Format
 * @param limits what clients may take
 */
public record HttpOptions(
    Duration heartbeat,
    SlowPolicy slow,
    boolean allowBlock,
    List<String> allowOrigins,
    @Nullable Consumer<String> accessLog,
    boolean accessLogJson,
    Limits limits) {
  /** 15 seconds, skip, no block, own origin alone, no access log. */
  public static final HttpOptions DEFAULT =
      new HttpOptions(Duration.ofSeconds(15), SlowPolicy.SKIP, false, List.of(), null, false);

  /** With the usual limits. */
  public HttpOptions(
      Duration heartbeat,
      SlowPolicy slow,
      boolean allowBlock,
      List<String> allowOrigins,
      @Nullable Consumer<String> accessLog,
      boolean accessLogJson) {
    this(heartbeat, slow, allowBlock, allowOrigins, accessLog, accessLogJson, Limits.DEFAULT);
  }

  /** Refuses nulls and a heartbeat that is not positive. */
  public HttpOptions {
    requireNonNull(heartbeat, "heartbeat");
    requireNonNull(slow, "slow");
    requireNonNull(limits, "limits");
    allowOrigins = List.copyOf(allowOrigins);
    if (!heartbeat.isPositive()) {
      throw new IllegalArgumentException("heartbeat must be positive, got " + heartbeat);
    }
  }

  /** These options with other limits. */
  public HttpOptions limits(Limits newLimits) {
    return new HttpOptions(
        heartbeat, slow, allowBlock, allowOrigins, accessLog, accessLogJson, newLimits);
  }
}
