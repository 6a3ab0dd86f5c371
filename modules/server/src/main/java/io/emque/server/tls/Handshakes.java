package io.emque.server.tls;

import java.util.concurrent.atomic.LongAdder;

/** How handshakes ended. */
final class Handshakes {
  final LongAdder done = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder plaintext = new LongAdder();
}
