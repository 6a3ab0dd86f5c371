package io.emque.engine;

import io.emque.api.Ack;

/** What a publish to a stored topic waits for. */
public enum SyncMode {
  /** The store has it; the disk is forced in the background, every second. */
  OS(Ack.OS, 1_000_000_000L),
  /** The disk was forced; publishes of up to 10 ms share that. */
  GROUP(Ack.FSYNC, 10_000_000L),
  /** The disk was forced, at once; publishes that come meanwhile share the next time. */
  ALWAYS(Ack.FSYNC, 0);

  private final Ack ack;
  private final long gatherNanos;

  SyncMode(Ack ack, long gatherNanos) {
    this.ack = ack;
    this.gatherNanos = gatherNanos;
  }

  /** What an answer means. */
  Ack ack() {
    return ack;
  }

  /** How long the first record to be forced waits for others. */
  long gatherNanos() {
    return gatherNanos;
  }
}
