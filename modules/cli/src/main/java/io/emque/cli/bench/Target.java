package io.emque.cli.bench;

import static java.util.Objects.requireNonNull;

import io.emque.api.spi.Selector;
import io.emque.api.spi.ServerAddress;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The servers, and how to reach them.
 *
 * @param servers one or more
 * @param selector which of them a topic lives on
 * @param timeout for connecting, for an answer, and for messages after the last one that came
 * @param ssl for encrypted connections
 * @param verifyHost whether a certificate must be for the host that was named
 * @param token sent as a bearer token; null for none
 */
public record Target(
    List<ServerAddress> servers,
    Selector selector,
    Duration timeout,
    SSLContext ssl,
    boolean verifyHost,
    @Nullable String token) {
  /** Keeps a copy of the list. */
  public Target {
    servers = List.copyOf(servers);
    requireNonNull(selector, "selector");
    requireNonNull(timeout, "timeout");
    requireNonNull(ssl, "ssl");
  }

  int timeoutMillis() {
    return Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
  }
}
