package io.emque.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/**
 * Whoever sees an offset sees its record whole: bytes, bounds and time, in a chunk that the log
 * links already.
 *
 * <p>The reader looks twice: the second look must not show less than the first.
 */
public final class AppendStress {
  private static final int BROKEN = -1;

  private AppendStress() {}

  private static int seen(TopicLog log, int bytes) {
    long next = log.nextOffset();
    for (int offset = 0; offset < next; offset++) {
      if (!StressTopics.holds(log.find(offset, -1), offset, offset, bytes)) {
        return BROKEN;
      }
    }
    return (int) next;
  }

  private static void append(TopicLog log, int records, int bytes) {
    for (int i = 0; i < records; i++) {
      log.append(StressTopics.payload(i, bytes), 0, bytes, i, null);
      log.publish();
    }
  }

  /** Every record in a chunk of its own: chunks are linked and the ring of slots grows. */
  @JCStressTest
  @Outcome(id = "[0-5], true", expect = Expect.ACCEPTABLE, desc = "So many records, all whole.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A record was not whole, or has gone.")
  @State
  public static class Chunks {
    private final TopicLog log = StressTopics.log(new Memory(Long.MAX_VALUE));

    /** The appender. */
    @Actor
    public void append() {
      AppendStress.append(log, 5, 300);
    }

    /** The reader. */
    @Actor
    public void read(IZ_Result result) {
      result.r1 = seen(log, 300);
      result.r2 = seen(log, 300) >= result.r1;
    }
  }

  /** All records in one chunk, whose arrays of starts and times are replaced by longer ones. */
  @JCStressTest
  @Outcome(
      id = "([0-9]|1[0-2]), true",
      expect = Expect.ACCEPTABLE,
      desc = "So many records, all whole.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A record was not whole, or has gone.")
  @State
  public static class Records {
    private final TopicLog log = StressTopics.log(new Memory(Long.MAX_VALUE));

    /** The appender. */
    @Actor
    public void append() {
      AppendStress.append(log, 12, 10);
    }

    /** The reader. */
    @Actor
    public void read(IZ_Result result) {
      result.r1 = seen(log, 10);
      result.r2 = seen(log, 10) >= result.r1;
    }
  }
}
