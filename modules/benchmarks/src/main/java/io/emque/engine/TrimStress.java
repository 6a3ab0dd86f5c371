package io.emque.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/**
 * Readers find and pin a chunk while the log drops it: they have it whole, or are told that it has
 * gone; and its memory is given back once, by the last to let go.
 *
 * <p>That it can fail was seen by planting a fault in a copy: with {@code Chunk.unpin} loading and
 * then storing the state, instead of adding to it at once, it ends with "1, 1, false" in some of
 * ten thousand runs.
 */
@JCStressTest
@Outcome(
    id = "[01], 1, true",
    expect = Expect.ACCEPTABLE,
    desc = "Read whole (1) or gone (0), and the account of memory is right.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Wrong bytes, or memory lost or given back twice.")
@State
public class TrimStress {
  private static final int BYTES = 300;
  private static final int BROKEN = -1;

  private final Memory memory = new Memory(Long.MAX_VALUE);
  private final TopicLog log = StressTopics.log(memory);

  /** A log of two chunks. */
  public TrimStress() {
    append(0);
    append(1);
  }

  private void append(int number) {
    log.append(StressTopics.payload(number, BYTES), 0, BYTES, number, null);
    log.publish();
  }

  /** A reader of the first record. */
  @Actor
  public void read(IIZ_Result result) {
    result.r1 = readFirst();
  }

  /** Reads it too, then drops it, and goes on to append. */
  @Actor
  public void readAndTrim(IIZ_Result result) {
    result.r2 = readFirst();
    log.dropBefore(1);
    append(2);
    append(3);
  }

  /** As a {@link Reader} reads: look, find, pin, write, let go. */
  private int readFirst() {
    if (log.firstOffset() > 0) {
      return 0;
    }
    Chunk chunk = log.find(0, -1);
    if (chunk == null || !chunk.pin()) {
      return 0;
    }
    int outcome = StressTopics.holds(chunk, 0, 0, BYTES) ? 1 : BROKEN;
    if (chunk.unpin()) {
      memory.unpin(chunk.memoryBytes());
    }
    return outcome;
  }

  /** What is counted is what the log holds. */
  @Arbiter
  public void account(IIZ_Result result) {
    result.r3 = memory.used() == log.bytes() && memory.pinned() == 0;
  }
}
