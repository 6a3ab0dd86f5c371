package io.emque.client;

import static java.util.Objects.requireNonNull;

import io.emque.api.spi.ServerAddress;

/**
 * A connection to a server began, was lost, or could not be made.
 *
 * @param server the server
 * @param state what happened
 * @param reason one line for people: what for, or why
 */
public record ConnectionEvent(ServerAddress server, State state, String reason) {
  /** Refuses nulls. */
  public ConnectionEvent {
    requireNonNull(server, "server");
    requireNonNull(state, "state");
    requireNonNull(reason, "reason");
  }

  /** What happened to a connection. */
  public enum State {
    /** It serves. */
    CONNECTED,
    /** It is gone; another one is being tried. */
    LOST,
    /** An attempt to make one failed. */
    FAILED
  }
}
