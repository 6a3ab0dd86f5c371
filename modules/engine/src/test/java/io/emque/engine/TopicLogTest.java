package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Cursor;
import io.emque.api.Gap;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The log by itself, one thread: what is where, and what it costs. */
@Timeout(60)
class TopicLogTest {
  private final Memory memory = new Memory(1L << 30);
  private TopicLog log = new TopicLog(0, Long.MIN_VALUE, memory, 0);

  private static byte[] payload(long offset, int length) {
    byte[] payload = new byte[length];
    new Random(offset).nextBytes(payload);
    return payload;
  }

  /** Of that offset, at a time that is twice the offset. */
  private void append(long offset, int length) {
    assertThat(log.append(payload(offset, length), 0, length, 2 * offset, null)).isEqualTo(offset);
    log.publish();
  }

  private static int length(long offset) {
    return new Random(~offset).nextInt(2_000);
  }

  private void appendUntil(long next) {
    for (long offset = log.nextOffset(); offset < next; offset++) {
      append(offset, length(offset));
    }
  }

  private Chunk find(long offset, long hint) {
    return Objects.requireNonNull(log.find(offset, hint), "offset " + offset);
  }

  private static byte[] payloadIn(Chunk chunk, long offset) {
    int record = (int) (offset - chunk.firstOffset());
    return Arrays.copyOfRange(chunk.bytes(), chunk.payloadStart(record), chunk.start(record + 1));
  }

  @Test
  void recordIsThereOnceItIsPublished() {
    assertThat(log.append(new byte[] {1, 2, 3}, 1, 1, 7, null)).isZero();
    assertThat(log.nextOffset()).isZero();

    log.publish();

    assertThat(log.nextOffset()).isEqualTo(1);
    assertThat(payloadIn(find(0, 0), 0)).containsExactly(2);
    assertThat(find(0, 0).timeNanos(0)).isEqualTo(7);
  }

  @Test
  void logBeginsWithTheOffsetItIsGiven() {
    log = new TopicLog(1_000, 55, memory, 0);
    assertThat(log.firstOffset()).isEqualTo(1_000);
    assertThat(log.nextOffset()).isEqualTo(1_000);
    assertThat(log.lastTimeNanos()).isEqualTo(55);

    assertThat(log.append(new byte[0], 0, 0, 50, null)).isEqualTo(1_000);
    log.publish();

    assertThat(find(1_000, 0).timeNanos(0)).as("not before the last").isEqualTo(55);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 5, 63, 1_000})
  void everyOffsetKeptIsFoundWhereverOneLooksFirst(long hint) {
    appendUntil(2_000);
    log.dropBefore(700);
    appendUntil(3_000);

    for (long offset = 700; offset < 3_000; offset++) {
      Chunk chunk = find(offset, hint);
      assertThat(chunk.holds(offset)).isTrue();
      assertThat(payloadIn(chunk, offset)).isEqualTo(payload(offset, length(offset)));
      assertThat(find(offset, chunk.seq())).isSameAs(chunk);
      assertThat(find(offset, chunk.seq() - 1)).isSameAs(chunk);
    }
    assertThat(log.find(0, hint)).isNull();
  }

  @Test
  void chunksGrowToTheLargestAndALargerRecordHasOneOfItsOwn() {
    append(0, 1);
    assertThat(find(0, 0).bytes()).hasSize(256);
    appendUntil(2_000);
    assertThat(find(1_999, 0).bytes()).hasSize(64 * 1024);

    append(2_000, 100_000);
    append(2_001, 10);

    assertThat(find(2_000, 0).bytes()).hasSize(100_010);
    assertThat(find(2_001, 0)).isNotSameAs(find(2_000, 0));
    assertThat(find(2_001, 0).bytes()).hasSize(64 * 1024);
  }

  @Test
  void chunksAreSmallWhereLittleIsKept() {
    log = new TopicLog(0, Long.MIN_VALUE, memory, 16 * 1024);
    for (int i = 0; i < 1_000; i++) {
      append(i, 20);
    }

    assertThat(find(999, 0).bytes()).hasSize(2 * 1024);
  }

  @Test
  void itsMemoryIsCountedAndGivenBackToTheByte() {
    appendUntil(1_000);
    assertThat(log.bytes()).isEqualTo(memory.used()).isGreaterThan(1_000_000);
    long all = memory.used();
    long oldest = find(0, 0).memoryBytes();

    log.dropHead();

    assertThat(memory.used()).isEqualTo(all - oldest);
    assertThat(log.bytes()).isEqualTo(memory.used());
    assertThat(memory.pinned()).isZero();
    log.dropBefore(Long.MAX_VALUE);
    assertThat(log.bytes()).isZero();
    assertThat(memory.used()).isZero();
  }

  @Test
  void chunkThatIsBeingWrittenCountsUntilTheWriteIsOver() {
    appendUntil(1_000);
    Chunk chunk = find(0, 0);
    assertThat(chunk.pin()).isTrue();
    int held = chunk.memoryBytes();

    log.dropBefore(1_000);

    assertThat(log.bytes()).isZero();
    assertThat(memory.used()).isEqualTo(held);
    assertThat(memory.pinned()).isEqualTo(held);
    assertThat(chunk.pin()).as("dropped").isFalse();
    assertThat(chunk.unpin()).as("the last one").isTrue();
  }

  @Test
  void whatIsBeforeAnOffsetIsForgottenAndNothingElse() {
    for (int i = 0; i < 100; i++) {
      append(i, 10);
    }
    log.dropBefore(41);
    assertThat(log.firstOffset()).isEqualTo(41);
    assertThat(find(41, 0).firstOffset()).isLessThanOrEqualTo(41);
    assertThat(log.headEnd()).isGreaterThan(41);

    log.dropBefore(40);
    assertThat(log.firstOffset()).isEqualTo(41);

    log.dropBefore(1_000);
    assertThat(log.firstOffset()).isEqualTo(100);
    assertThat(log.nextOffset()).isEqualTo(100);
    assertThat(log.hasNoChunk()).isTrue();
    assertThat(log.headTimeNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(log.headEnd()).isEqualTo(100);
    append(100, 3);
    assertThat(find(100, 0).bytes()).as("small again").hasSize(256);
    assertThat(log.hasOneChunk()).isTrue();
    assertThat(log.headTimeNanos()).isEqualTo(200);
  }

  @Test
  void chunkGoesWithItsLastRecordAndNotBefore() {
    appendUntil(500);
    long end = log.headEnd();
    Chunk head = find(0, 0);

    log.dropBefore(end - 1);
    assertThat(find(end - 1, 0)).isSameAs(head);

    log.dropBefore(end);
    assertThat(head.dropped()).isTrue();
    assertThat(find(end, 0)).isNotSameAs(head);
  }

  @Test
  void logThatSkipsGoesOnBehindAHole() {
    appendUntil(300);

    log.skipTo(1_000);

    assertThat(memory.used()).isZero();
    assertThat(log.firstOffset()).isEqualTo(1_000);
    append(1_000, 5);
    assertThat(log.nextOffset()).isEqualTo(1_001);
    assertThat(find(1_000, 0).firstOffset()).isEqualTo(1_000);
  }

  @Test
  void offsetIsFoundByTime() {
    appendUntil(1_000); // at 0, 2, 4 …
    for (long offset = 0; offset < 1_000; offset++) {
      assertThat(log.offsetAt(2 * offset)).isEqualTo(offset);
      assertThat(log.offsetAt(2 * offset - 1)).isEqualTo(offset);
    }
    assertThat(log.offsetAt(1_999)).isEqualTo(1_000);
    assertThat(log.offsetAt(Long.MIN_VALUE)).isZero();

    log.dropBefore(600);

    assertThat(log.offsetAt(0)).isEqualTo(600);
    assertThat(log.offsetAt(1_300)).isEqualTo(650);
  }

  @Test
  void recordsOfAnotherLogBeginAChunkBehindTheirGap() {
    append(0, 5);
    var origin = new Origin("other", 40);
    var gap = new Gap("t", new Cursor("e", 1), new Cursor("other", 41), OptionalLong.empty());

    log.cut(origin, gap);
    append(1, 5);
    append(2, 5);

    assertThat(find(0, 0).origin()).isNull();
    assertThat(find(0, 0).gapBefore()).isNull();
    assertThat(find(1, 0).firstOffset()).isEqualTo(1);
    assertThat(find(1, 0).origin()).isEqualTo(origin);
    assertThat(find(1, 0).gapBefore()).isEqualTo(gap);
    assertThat(find(2, 0)).isSameAs(find(1, 0));
    append(3, 1_000); // a chunk more
    assertThat(find(3, 0)).isNotSameAs(find(1, 0));
    assertThat(find(3, 0).origin()).isEqualTo(origin);
    assertThat(find(3, 0).gapBefore()).as("told once").isNull();
  }
}
