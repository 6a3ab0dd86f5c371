package io.emque.server.tls;

import io.emque.api.spi.Authentication.Refused;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;

/** How handshakes ended. */
final class Handshakes {
  final LongAdder done = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder plaintext = new LongAdder();

  /** Told of certificates that are not good, and where they came from. */
  volatile BiConsumer<Refused, String> refusals = (why, from) -> {};
}
