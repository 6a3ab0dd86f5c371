package io.emque.api.spi;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who a caller is.
 *
 * @param name what limits are counted by; of one who shows another credential later the same
 * @param expires when the credential's time is over: live streams end then; null for never
 * @param rules what the caller may do
 */
public record Identity(String name, @Nullable Instant expires, Rules rules) {
  /** Refuses nulls and an empty name. */
  public Identity {
    requireNonNull(rules, "rules");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an identity needs a name");
    }
  }

  /** Whether the caller may do this. */
  public boolean may(Action action, String topic) {
    return rules.allow(action, topic);
  }

  /** What one may do with what. */
  @FunctionalInterface
  public interface Rules {
    /**
     * Any thread; does not block.
     *
     * @param topic a valid name; empty for {@link Action#METRICS}
     */
    boolean allow(Action action, String topic);
  }
}
