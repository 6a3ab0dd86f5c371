package io.emque.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a merge holds, where it stands, and whom it waits for. */
class MergeStreamsTest {
  private static final String P = "~aaaaaaaaaaaaaaaa-";
  private static final long BEGINNING = Duration.ofMillis(500).toNanos();

  private Merge merge = new Merge("foo", false, 0);

  private int connected() {
    int stream = merge.add();
    merge.connected(stream);
    return stream;
  }

  private static Message message(String epoch, long offset, String id, int bytes) {
    return new Message("bar", new Cursor(epoch, offset), offset, id, Map.of(), new byte[bytes]);
  }

  private static Gap gap(String epoch, long expected, long next) {
    return new Gap("bar", new Cursor(epoch, expected), new Cursor(epoch, next), OptionalLong.of(1));
  }

  private List<Delivery> all(long now) {
    var all = new ArrayList<Delivery>();
    for (Delivery d = merge.poll(now); d != null; d = merge.poll(now)) {
      all.add(d);
    }
    return all;
  }

  private List<Cursor> positions() {
    return MergedCursor.parse(merge.next()).next();
  }

  @Test
  void whatWasNotTakenYetIsCounted() {
    int a = connected();
    int b = connected();
    merge.offer(a, message("a", 0, P + 1, 10), 1);
    merge.offer(a, message("a", 1, P + 2, 5), 1);
    merge.offer(b, message("b", 0, P + 1, 10), 1);
    merge.offer(b, gap("b", 1, 3), 1);
    assertThat(List.of(merge.held(a), merge.held(b))).containsExactly(2, 2);
    assertThat(List.of(merge.heldBytes(a), merge.heldBytes(b))).containsExactly(15L, 10L);

    all(1);

    assertThat(List.of(merge.held(a), merge.held(b))).containsExactly(0, 0);
    assertThat(List.of(merge.heldBytes(a), merge.heldBytes(b))).containsExactly(0L, 0L);
  }

  @Test
  void positionIsThatOfEachStreamBehindWhatWasTaken() {
    int a = connected();
    int b = connected();
    merge.position(a, new Cursor("a", 4), 1);
    assertThat(positions()).containsExactly(new Cursor("a", 5), null);
    merge.offer(a, message("a", 5, P + 1, 0), 1);
    merge.offer(b, message("b", 0, P + 1, 0), 1);
    assertThat(positions()).as("not taken").containsExactly(new Cursor("a", 5), null);

    Delivery first = merge.poll(1);

    var merged = MergedCursor.parse(((Message) first).cursor());
    assertThat(merged.source()).isEqualTo(a);
    assertThat(merged.next()).containsExactly(new Cursor("a", 5), null);
    assertThat(merge.poll(1)).isNull();
    assertThat(positions()).containsExactly(new Cursor("a", 6), new Cursor("b", 1));
    merge.position(a, new Cursor("a", 9), 1);
    assertThat(positions()).containsExactly(new Cursor("a", 10), new Cursor("b", 1));
  }

  @Test
  void signOfLifeBehindMessagesDoesNotGoPastThem() {
    int a = connected();
    connected();
    merge.position(a, new Cursor("a", -1), 1);
    merge.offer(a, message("a", 0, null, 0), 1);

    merge.position(a, new Cursor("a", 0), 1);

    assertThat(positions().getFirst()).isEqualTo(new Cursor("a", 0));
  }

  @Test
  void timesNeverDecreaseAndTheTopicIsTheMergedOne() {
    int a = connected();
    int b = connected();
    merge.offer(a, message("a", 100, null, 0), 1);
    merge.offer(b, message("b", 50, null, 0), 1);
    merge.offer(b, message("b", 200, null, 0), 1);

    assertThat(all(1))
        .extracting(delivery -> ((Message) delivery).timeNanos())
        .containsExactly(100L, 100L, 200L);
    merge.offer(a, message("a", 101, "x", 0), 1);
    assertThat(((Message) merge.poll(1)).topic()).isEqualTo("foo");
  }

  @Test
  void runOfAStreamIsTakenBeforeAnotherStreams() {
    int a = connected();
    int b = connected();
    for (int i = 0; i < 3; i++) {
      merge.offer(a, message("a", i, null, 0), 1);
      merge.offer(b, message("b", i, null, 0), 1);
    }

    assertThat(all(1))
        .extracting(delivery -> MergedCursor.parse(((Message) delivery).cursor()).source())
        .containsExactly(a, a, a, b, b, b);
  }

  @Test
  void replayWaitsForTheBeginningOfEveryStreamForAMoment() {
    merge = new Merge("foo", true, 1_000);
    int a = connected();
    int b = connected();
    int gone = merge.add(); // never there, and not waited for
    merge.offer(a, message("a", 0, P + 2, 0), 1);

    assertThat(merge.poll(1_000 + BEGINNING - 1)).isNull();
    assertThat(merge.pollAgainIn(1_000 + BEGINNING - 7)).isEqualTo(7);
    merge.position(b, new Cursor("b", -1), 1);
    assertThat(merge.poll(1_001)).isInstanceOf(Message.class);
    assertThat(merge.pollAgainIn(1_001)).isEqualTo(Long.MAX_VALUE);
    assertThat(merge.held(gone)).isZero();
  }

  @Test
  void replayBeginsWithoutAStreamThatSaysNothing() {
    merge = new Merge("foo", true, 1_000);
    int a = connected();
    connected();
    merge.offer(a, message("a", 0, P + 2, 0), 1);

    assertThat(merge.poll(1_000 + BEGINNING)).isInstanceOf(Message.class);
  }

  @Test
  void streamThatEndedIsNotWaitedFor() {
    int a = connected();
    int b = merge.add();
    merge.lookBack(b, new Cursor("b", 3));
    merge.offer(a, message("a", 0, P + 1, 0), 1);
    assertThat(merge.poll(1)).isNull();

    merge.ended(b);

    assertThat(merge.poll(1)).isInstanceOf(Message.class);
  }

  @Test
  void signOfLifeAtTheBoundarySaysThatAllWasDelivered() {
    int a = connected();
    int b = connected();
    merge.lookBack(b, new Cursor("b", 3));
    merge.offer(a, message("a", 0, P + 1, 0), 1);
    merge.position(b, new Cursor("b", 1), 1);
    assertThat(merge.poll(1)).as("message 2 may come").isNull();

    merge.position(b, new Cursor("b", 2), 1);

    assertThat(merge.poll(1)).isInstanceOf(Message.class);
    assertThat(positions().get(b)).isEqualTo(new Cursor("b", 3));
  }

  @Test
  void idsOfUsersFromBeforeTheBoundaryAreNotDeliveredAgain() {
    int a = connected();
    int b = connected();
    merge.lookBack(b, new Cursor("b", 2));
    merge.offer(b, message("b", 0, "order-1", 0), 1);
    merge.offer(b, message("b", 1, null, 0), 1);
    merge.offer(a, message("a", 0, "order-1", 0), 1);
    merge.offer(a, message("a", 1, "order-2", 0), 1);

    assertThat(all(1)).extracting(delivery -> ((Message) delivery).id()).containsExactly("order-2");
  }

  @Test
  void gapBeforeTheBoundaryIsOldAndOneAcrossItIsNot() {
    int a = connected();
    merge.lookBack(a, new Cursor("a", 5));
    merge.offer(a, gap("a", 0, 4), 1);
    assertThat(merge.held(a)).isZero();
    assertThat(merge.poll(1)).as("4 may have been delivered").isNull();

    merge.offer(a, gap("a", 4, 9), 2);

    assertThat(merge.poll(2)).isInstanceOf(Gap.class);
    assertThat(positions()).containsExactly(new Cursor("a", 9));
  }

  @Test
  void gapOfOneServerIsNoneWhileAnotherWasWhole() {
    int a = connected();
    int b = connected();
    merge.offer(a, gap("a", 0, 3), 10);
    assertThat(all(10)).as("b has them").isEmpty();
    assertThat(positions().get(a)).isEqualTo(new Cursor("a", 3));
    assertThat(all(11)).isEmpty();
    merge.position(b, new Cursor("b", 4), 12); // heard of
    merge.offer(b, gap("b", 5, 7), 20); // so it missed something between 12 and 20
    assertThat(all(20)).as("a is whole since 10").isEmpty();

    merge.lost(b);
    merge.offer(a, gap("a", 3, 6), 30);

    assertThat(all(30)).singleElement().isInstanceOf(Gap.class);
  }

  @Test
  void gapOfOneServerIsOneWhenTheOtherWasNotWholeAgainBefore() {
    int a = connected();
    int b = connected();
    merge.position(a, new Cursor("a", 2), 5);
    merge.offer(b, gap("b", 0, 3), 10); // whole since 10, for all that a knows
    assertThat(all(10)).isEmpty();

    merge.offer(a, gap("a", 3, 6), 12); // it was whole until 5

    assertThat(all(12))
        .singleElement()
        .isInstanceOfSatisfying(
            Gap.class,
            gap -> {
              assertThat(gap.topic()).isEqualTo("foo");
              assertThat(gap.missed()).isEmpty();
              assertThat(MergedCursor.parse(gap.next()).next())
                  .containsExactly(new Cursor("a", 6), new Cursor("b", 3));
            });
  }
}
