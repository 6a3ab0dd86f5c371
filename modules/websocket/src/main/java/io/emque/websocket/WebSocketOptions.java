package io.emque.websocket;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Limits of WebSocket connections.
 *
 * @param maxMessageBytes largest message, all its fragments together; a larger one ends the
 *     connection with 1009
 * @param closeTimeout how long to wait for the peer's half of the closing handshake, and for a
 *     writer that is in the way
 */
public record WebSocketOptions(int maxMessageBytes, Duration closeTimeout) {
  /** 16 MiB, one second. */
  public static final WebSocketOptions DEFAULT =
      new WebSocketOptions(16 * 1024 * 1024, Duration.ofSeconds(1));

  /** Refuses values that are not positive. */
  public WebSocketOptions {
    requireNonNull(closeTimeout, "closeTimeout");
    if (maxMessageBytes <= 0) {
      throw new IllegalArgumentException(
          "maxMessageBytes must be positive, got " + maxMessageBytes);
    }
    if (!closeTimeout.isPositive()) {
      throw new IllegalArgumentException("closeTimeout must be positive, got " + closeTimeout);
    }
  }
}
