package io.emque.transport.http.limits;

import java.time.Duration;

/**
 * How long things may take; all positive.
 *
 * @param handshake a TLS handshake, from the connection's first byte
 * @param request the head of a request, from its first byte or, the first one, from the connection
 *     on; a message's body may take longer as long as it comes steadily
 * @param idle silence between requests, or in the middle of one; streams are never idle
 * @param write no progress in writing an answer that is no stream
 */
public record Timeouts(Duration handshake, Duration request, Duration idle, Duration write) {
  /** 10, 30, 60 and 30 seconds. */
  public static final Timeouts DEFAULT =
      new Timeouts(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60),
          Duration.ofSeconds(30));

  /** Refuses what is not positive. */
  public Timeouts {
    require(handshake, "handshake_timeout");
    require(request, "request_timeout");
    require(idle, "idle_timeout");
    require(write, "write_timeout");
  }

  private static void require(Duration value, String key) {
    Rule.require(value.isPositive(), key, value, "positive");
  }
}
