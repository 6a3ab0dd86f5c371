package io.emque.api;

import static java.util.Objects.requireNonNull;

import java.util.OptionalLong;

/**
 * Messages that a subscriber will not receive: it was too slow, or asked for what is no longer
 * kept.
 *
 * @param topic the topic
 * @param expected the position that was due
 * @param next the position that comes instead
 * @param missed how many messages lie between; empty when that cannot be known (another epoch)
 */
public record Gap(String topic, Cursor expected, Cursor next, OptionalLong missed)
    implements Delivery {
  /** Refuses nulls. */
  public Gap {
    requireNonNull(topic, "topic");
    requireNonNull(expected, "expected");
    requireNonNull(next, "next");
    requireNonNull(missed, "missed");
  }
}
