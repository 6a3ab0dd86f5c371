package io.emque.client.link;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What links share.
 *
 * @param timeout for connecting, shaking hands, and answers to single calls
 * @param idle after which a feed that says nothing is given up; longer than the servers' heartbeat
 * @param ssl for encrypted connections
 * @param verifyHost whether a certificate must be for the host that was named
 * @param tokens gives the bearer token for each connection; throws {@link LinkException} when it
 *     cannot be had
 * @param maxMessageBytes larger messages are a fault of the server
 */
public record LinkOptions(
    Duration timeout,
    Duration idle,
    SSLContext ssl,
    boolean verifyHost,
    Tokens tokens,
    int maxMessageBytes) {
  /** Refuses nulls. */
  public LinkOptions {
    requireNonNull(timeout, "timeout");
    requireNonNull(idle, "idle");
    requireNonNull(ssl, "ssl");
  }

  /** The bearer token of a connection that is made now; null for none. */
  @Nullable String token() throws LinkException {
    return tokens.token();
  }

  /** Where tokens come from. */
  public interface Tokens {
    /** Null for none. */
    @Nullable String token() throws LinkException;

    /** Whether the next one may be another. */
    default boolean change() {
      return false;
    }
  }

  int timeoutMillis() {
    return Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
  }
}
