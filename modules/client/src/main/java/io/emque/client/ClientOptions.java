package io.emque.client;

import static java.util.Objects.requireNonNull;

import io.emque.client.link.LinkOptions;
import java.time.Duration;

/**
 * What the parts of a client share.
 *
 * @param retries further attempts per server after the first one; 0 or more
 * @param timeout for a publish with all its attempts, and for a subscription to begin; positive
 * @param acks servers that must take a message; 1 or more
 * @param link what links share
 * @param watch told of connections
 */
record ClientOptions(int retries, Duration timeout, int acks, LinkOptions link, ServerWatch watch) {
  ClientOptions {
    requireNonNull(timeout, "timeout");
    requireNonNull(link, "link");
    requireNonNull(watch, "watch");
  }

  int attempts() {
    return 1 + retries;
  }

  /** How long one attempt waits for its answer. */
  long attemptNanos() {
    return Math.max(1, timeout.toNanos() / attempts());
  }
}
