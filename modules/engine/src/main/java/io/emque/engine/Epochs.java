package io.emque.engine;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Names for incarnations of logs: unlike any other of this broker, and in practice of any other
 * broker.
 */
final class Epochs {
  private static final int RADIX = 36;
  private static final int RANDOM_BITS = 46;

  private final String prefix =
      Long.toString(new SecureRandom().nextLong() >>> (64 - RANDOM_BITS), RADIX);
  private final AtomicLong count = new AtomicLong();

  String next() {
    return prefix + '-' + Long.toString(count.getAndIncrement(), RADIX);
  }
}
