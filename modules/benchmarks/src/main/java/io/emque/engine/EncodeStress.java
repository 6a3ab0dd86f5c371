package io.emque.engine;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/**
 * Two readers share encoded records, one of them after letting go of them: what is copied is what
 * was encoded, and the account of memory is right.
 *
 * <p>That it can fail was seen by planting a fault in a copy: with {@code EncodedRecords.encodeTo}
 * loading the run before it has the lock, it ends with "-1, 1, true" and the like in some of a
 * hundred thousand runs.
 */
@JCStressTest
@Outcome(
    id = "[01], [01], true",
    expect = Expect.ACCEPTABLE,
    desc = "Copied whole (1) or to be encoded alone (0), and the account of memory is right.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Wrong bytes, or memory lost or given back twice.")
@State
public class EncodeStress {
  private static final int BYTES = 20;
  private static final int BROKEN = -1;
  private static final RecordFormat FORMAT = new RecordFormat(() -> EncodeStress::encode);

  private final Memory memory = new Memory(Long.MAX_VALUE);
  private final TopicLog log = StressTopics.log(memory);

  /** A log of one chunk with three records. */
  public EncodeStress() {
    for (int i = 0; i < 3; i++) {
      log.append(StressTopics.payload(i, BYTES), 0, BYTES, i, null);
    }
    log.publish();
  }

  private static void encode(Slice slice, int i, ByteArrayOutputStream to) {
    to.write('<');
    to.write(slice.array(), slice.payloadStart(i), slice.payloadLength(i));
  }

  /** A reader of the first two records. */
  @Actor
  public void copy(IIZ_Result result) {
    result.r1 = copy(log.find(0, -1), 2);
  }

  /** A reader of all, when the log moves on. */
  @Actor
  public void copyAndEnd(IIZ_Result result) {
    Chunk chunk = log.find(0, -1);
    result.r2 = copy(chunk, 3);
    chunk.endEncoded();
  }

  private int copy(Chunk chunk, int records) {
    var slice = new Slice("topic");
    slice.set(chunk, "epoch", 0, records, memory);
    var to = new byte[records * (1 + BYTES)];
    int copied = slice.copyEncoded(FORMAT, 0, to, 0, to.length);
    if (copied == Slice.NOT_SHARED) {
      return 0;
    }
    var expected = new ByteArrayOutputStream();
    for (int i = 0; i < copied; i++) {
      encode(slice, i, expected);
    }
    boolean whole =
        copied > 0
            && slice.copiedBytes() == expected.size()
            && Arrays.equals(Arrays.copyOf(to, expected.size()), expected.toByteArray());
    return whole ? 1 : BROKEN;
  }

  /** What is counted is what the log holds. */
  @Arbiter
  public void account(IIZ_Result result) {
    result.r3 = memory.used() == log.bytes() && memory.pinned() == 0;
  }
}
