package io.emque.client;

import static java.util.Objects.requireNonNull;

import io.emque.api.spi.ServerAddress;

/**
 * What a client knows of a server that it talks to.
 *
 * @param server the server
 * @param up whether the last attempt to connect to it succeeded; true before the first one
 * @param connects connections made
 * @param lost connections lost
 * @param failures attempts to connect that failed
 * @param retries messages that were sent, or to be sent, once more
 */
public record ServerStatus(
    ServerAddress server, boolean up, long connects, long lost, long failures, long retries) {
  /** Refuses nulls. */
  public ServerStatus {
    requireNonNull(server, "server");
  }
}
