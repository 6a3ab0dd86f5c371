package io.emque.server;

import static java.util.Objects.requireNonNull;

import io.emque.api.spi.Authorizer;
import java.util.Map;

/**
 * Who may do what.
 *
 * @param authorizer says who callers are
 * @param options what it is opened with
 * @param queryToken whether a token may come as the query parameter {@code token}, where logs of
 *     others may keep it
 */
public record AuthOptions(Authorizer authorizer, Map<String, String> options, boolean queryToken) {
  /** Refuses null; keeps a copy. */
  public AuthOptions {
    requireNonNull(authorizer, "authorizer");
    options = Map.copyOf(options);
  }
}
