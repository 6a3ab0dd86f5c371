package io.emque.api;

import static java.util.Objects.requireNonNull;

/**
 * How to subscribe.
 *
 * @param from where to start
 * @param slow what happens when the subscriber cannot keep up
 */
public record SubscribeOptions(StartPosition from, SlowPolicy slow) {
  /** From the latest message, skipping what is missed. */
  public static final SubscribeOptions DEFAULT =
      new SubscribeOptions(StartPosition.LATEST, SlowPolicy.SKIP);

  /** Refuses nulls. */
  public SubscribeOptions {
    requireNonNull(from, "from");
    requireNonNull(slow, "slow");
  }

  /** These options with another start. */
  public SubscribeOptions from(StartPosition start) {
    return new SubscribeOptions(start, slow);
  }

  /** These options with another policy. */
  public SubscribeOptions slow(SlowPolicy policy) {
    return new SubscribeOptions(from, policy);
  }
}
