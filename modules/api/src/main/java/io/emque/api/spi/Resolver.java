package io.emque.api.spi;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Turns a server as it was named into the servers behind that name. Chosen by {@link #name} with
 * {@code --resolver=NAME}; found by {@link java.util.ServiceLoader}: {@code provides
 * io.emque.api.spi.Resolver with …}.
 *
 * <p><b>Lifecycle:</b> made once, by its public constructor without parameters; never closed.
 *
 * <p><b>Threads:</b> {@link #resolve} is called from one thread at a time for each name and may
 * block; whoever uses the servers does not wait for it after the first answer.
 *
 * <p><b>Errors:</b> after an {@link IOException}, or an answer without servers, the last good
 * answer stays in use and the name is asked for again after {@link Resolution#DEFAULT_TTL}.
 */
public interface Resolver {
  /** The name that chooses it: lower case, unique, never blank. */
  String name();

  /**
   * Looks a name up.
   *
   * @param server the server as it was given, for example {@code https://mq.example.org:8081}
   * @throws IOException when it cannot be looked up now; the message says why, in one line
   * @throws IllegalArgumentException when it never will be: it is malformed
   */
  Resolution resolve(String server) throws IOException;

  /**
   * What a name stands for.
   *
   * @param servers in an order that does not depend on chance: selectors count on it
   * @param ttl how long the answer may be used; positive
   */
  record Resolution(List<ServerAddress> servers, Duration ttl) {
    /** After which a name is looked up again when nothing says otherwise. */
    public static final Duration DEFAULT_TTL = Duration.ofSeconds(5);

    /** Keeps a copy of the list; refuses a time that is not positive. */
    public Resolution {
      servers = List.copyOf(servers);
      requireNonNull(ttl, "ttl");
      if (ttl.isNegative() || ttl.isZero()) {
        throw new IllegalArgumentException("ttl must be positive, got " + ttl);
      }
    }
  }
}
