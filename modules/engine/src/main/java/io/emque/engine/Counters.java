package io.emque.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a broker counts; each is exact once the work it counts has returned. */
final class Counters {
  final LongAdder published = new LongAdder();
  final LongAdder duplicates = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder delivered = new LongAdder();
  final LongAdder missed = new LongAdder();
  final LongAdder evicted = new LongAdder();
  final AtomicInteger subscribers = new AtomicInteger();
}
