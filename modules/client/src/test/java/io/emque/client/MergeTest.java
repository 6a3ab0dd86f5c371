package io.emque.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MergeTest {
  private static final String P = "~aaaaaaaaaaaaaaaa";
  private static final String Q = "~bbbbbbbbbbbbbbbb";

  private final Merge merge = new Merge("foo", false, 0);
  private final int a = stream();
  private final int b = stream();
  private final int[] offsets = new int[2];

  private int stream() {
    int stream = merge.add();
    merge.connected(stream);
    return stream;
  }

  private void offer(int stream, @Nullable String id) {
    offer(stream, "e" + stream, id);
  }

  private void offer(int stream, String epoch, @Nullable String id) {
    merge.offer(stream, message(epoch, offsets[stream]++, id), 1);
  }

  private static Message message(String epoch, long offset, @Nullable String id) {
    return new Message(
        "foo", new Cursor(epoch, offset), offset, id, Map.of(), String.valueOf(id).getBytes(UTF_8));
  }

  private static String id(String publisher, int sequence) {
    return publisher + "-" + sequence;
  }

  private List<Delivery> all(long now) {
    var all = new ArrayList<Delivery>();
    for (Delivery d = merge.poll(now); d != null; d = merge.poll(now)) {
      all.add(d);
    }
    return all;
  }

  private List<String> ids(long now) {
    return all(now).stream().map(d -> d instanceof Message m ? m.id() : "gap").toList();
  }

  @Test
  void copiesAreDeliveredOnce() {
    for (int i = 1; i <= 3; i++) {
      offer(a, id(P, i));
      offer(b, id(P, i));
    }

    assertThat(ids(1)).containsExactly(id(P, 1), id(P, 2), id(P, 3));
  }

  @Test
  void messageWaitsForThoseThatComeBeforeIt() {
    offer(b, id(P, 4));
    assertThat(ids(1)).containsExactly(id(P, 4));

    offer(a, id(P, 10)); // a came back and missed 5 to 9, which are on their way from b
    assertThat(ids(1)).isEmpty();
    for (int i = 5; i <= 10; i++) {
      offer(b, id(P, i));
    }

    assertThat(ids(1)).containsExactly(id(P, 5), id(P, 6), id(P, 7), id(P, 8), id(P, 9), id(P, 10));
  }

  @Test
  void holeIsToldAfterTheTimeForStragglersAndNotBefore() {
    offer(a, id(P, 1));
    offer(a, id(P, 4));
    assertThat(ids(1)).containsExactly(id(P, 1));
    assertThat(merge.pollAgainIn(1)).isEqualTo(Merge.STRAGGLER_NANOS);
    assertThat(all(Merge.STRAGGLER_NANOS)).isEmpty();

    List<Delivery> late = all(1 + Merge.STRAGGLER_NANOS);

    assertThat(late.get(0))
        .isInstanceOfSatisfying(
            Gap.class, gap -> assertThat(gap.missed()).isEqualTo(OptionalLong.of(2)));
    assertThat(late.get(1))
        .isInstanceOfSatisfying(Message.class, m -> assertThat(m.id()).isEqualTo(id(P, 4)));
    offer(b, id(P, 2));
    assertThat(ids(1 + Merge.STRAGGLER_NANOS)).as("too late").isEmpty();
  }

  @Test
  void holeThatNoServerCanFillIsNotWaitedFor() {
    offer(a, id(P, 1));
    offer(a, id(P, 3));
    offer(b, id(P, 1));
    offer(b, id(P, 3));

    assertThat(ids(1)).containsExactly(id(P, 1), "gap", id(P, 3));
  }

  @Test
  void onePublishersHoleDoesNotHoldAnotherUpOnOtherStreams() {
    offer(a, id(P, 1));
    offer(a, id(P, 3));
    offer(b, id(Q, 1));
    offer(b, id(Q, 2));

    assertThat(ids(1)).containsExactly(id(P, 1), id(Q, 1), id(Q, 2));
  }

  @Test
  void idsOfUsersAreDeliveredOnceAndMessagesWithoutIdEach() {
    offer(a, "order-7");
    offer(b, "order-7");
    offer(a, null);
    offer(b, null);

    assertThat(all(1)).hasSize(3);
  }

  @Test
  void publisherNeverSeenBeginsWithItsEarliestMessageHeld() {
    offer(a, id(P, 3));
    offer(b, id(P, 1));
    offer(b, id(P, 2));

    assertThat(ids(1)).containsExactly(id(P, 1), id(P, 2), id(P, 3));
  }

  @Test
  void restartOfOneServerIsNoGapWhenAnotherWasThereAllTheTime() {
    offer(a, id(P, 1));
    offer(b, id(P, 1));
    merge.lost(a);
    merge.connected(a);
    merge.offer(a, gap("e0:1", "new:0"), 5);
    offer(a, "new", id(P, 2));
    offer(b, id(P, 2));

    assertThat(ids(6)).containsExactly(id(P, 1), id(P, 2));
  }

  @Test
  void restartOfEveryServerIsAGap() {
    offer(a, id(P, 1));
    offer(b, id(P, 1));
    assertThat(ids(1)).hasSize(1);
    merge.lost(a);
    merge.lost(b);
    merge.connected(a);
    merge.offer(a, gap("e0:1", "new:0"), 5);
    merge.connected(b);
    merge.offer(b, gap("e1:1", "other:0"), 6);

    assertThat(ids(7)).containsExactly("gap");
  }

  private static Gap gap(String expected, String next) {
    return new Gap("foo", Cursor.parse(expected), Cursor.parse(next), OptionalLong.empty());
  }

  @Test
  void resumedStreamNotesWhatWasDeliveredBeforeItsPosition() {
    var resumed = new Merge("foo", true, 0);
    int c = resumed.add();
    int d = resumed.add();
    resumed.lookBack(c, new Cursor("ec", 3));
    resumed.lookBack(d, new Cursor("ed", 1));
    resumed.connected(c);
    resumed.connected(d);
    // c had delivered 1, 2, 3 when d stood after 1.
    for (int i = 1; i <= 4; i++) {
      resumed.offer(d, message("ed", i - 1, id(P, i)), 1);
    }
    assertThat(resumed.poll(1)).as("c has not said yet what was delivered").isNull();
    for (int i = 1; i <= 4; i++) {
      resumed.offer(c, message("ec", i - 1, id(P, i)), 1);
    }

    assertThat(resumed.poll(1))
        .isInstanceOfSatisfying(Message.class, m -> assertThat(m.id()).isEqualTo(id(P, 4)));
    assertThat(resumed.poll(1)).isNull();
  }

  @Test
  void resumedStreamIsWaitedForWhenItsServerIsNotThere() {
    var resumed = new Merge("foo", true, 0);
    int c = resumed.add();
    int d = resumed.add();
    resumed.lookBack(c, new Cursor("ec", 1));
    resumed.lookBack(d, new Cursor("ed", 2)); // had delivered 2, which c still has
    resumed.connected(c);
    resumed.offer(c, message("ec", 0, id(P, 1)), 1);
    resumed.offer(c, message("ec", 1, id(P, 2)), 1);
    assertThat(resumed.poll(1)).isNull();
    assertThat(resumed.pollAgainIn(1)).isEqualTo(Merge.STRAGGLER_NANOS - 1);

    resumed.connected(d);
    assertThat(resumed.pollAgainIn(Merge.STRAGGLER_NANOS))
        .as("what comes will tell")
        .isEqualTo(Long.MAX_VALUE);
    resumed.offer(d, message("ed", 0, id(P, 1)), 1);
    resumed.offer(d, message("ed", 1, id(P, 2)), 1);

    assertThat(resumed.poll(1)).as("2 was delivered").isNull();
    resumed.offer(c, message("ec", 2, id(P, 3)), 1);
    assertThat(resumed.poll(1))
        .isInstanceOfSatisfying(Message.class, m -> assertThat(m.id()).isEqualTo(id(P, 3)));
  }

  @Test
  void serverThatStaysAwayHoldsAResumedReaderForAMomentOnly() {
    var resumed = new Merge("foo", true, 0);
    int c = resumed.add();
    int d = resumed.add();
    resumed.lookBack(c, new Cursor("ec", 1));
    resumed.lookBack(d, new Cursor("ed", 1));
    resumed.connected(c);
    resumed.offer(c, message("ec", 0, id(P, 1)), 1);
    resumed.offer(c, message("ec", 1, id(P, 2)), 1);

    assertThat(resumed.poll(Merge.STRAGGLER_NANOS - 1)).isNull();
    assertThat(resumed.poll(Merge.STRAGGLER_NANOS)).isInstanceOf(Message.class);
  }

  /** Whatever the interleaving, and wherever it is cut and resumed: each message once, in order. */
  @Test
  void randomInterleavingsWithResumesKeepOrderAndLoseNothing() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      var logs = new ArrayList<List<Message>>();
      for (int s = 0; s < 3; s++) {
        logs.add(log("e" + s, random));
      }
      var seen = new ArrayList<String>();
      Cursor resume = null;
      while (resume == null || seen.size() < 40) {
        Cursor last = run(logs, resume, random, seen);
        assertThat(last).as("progress, seed " + seed).isNotNull();
        resume = last.next();
      }

      for (String publisher : List.of(P, Q)) {
        var expected = new ArrayList<String>();
        for (int i = 1; i <= 20; i++) {
          expected.add(id(publisher, i));
        }
        assertThat(seen.stream().filter(i -> i.startsWith(publisher)).toList())
            .as("seed " + seed)
            .isEqualTo(expected);
      }
    }
  }

  /** Both publishers' messages in a random order of the two, each publisher's in its own. */
  private static List<Message> log(String epoch, Random random) {
    var log = new ArrayList<Message>();
    int p = 1;
    int q = 1;
    while (p <= 20 || q <= 20) {
      boolean takeP = q > 20 || (p <= 20 && random.nextBoolean());
      log.add(message(epoch, log.size(), takeP ? id(P, p++) : id(Q, q++)));
    }
    return log;
  }

  private static @Nullable Cursor run(
      List<List<Message>> logs, @Nullable Cursor resume, Random random, List<String> seen) {
    var merge = new Merge("foo", true, 0);
    var at = new int[logs.size()];
    MergedCursor from = resume == null ? null : MergedCursor.parse(resume);
    for (int s = 0; s < logs.size(); s++) {
      merge.add();
      merge.connected(s);
      if (from != null && from.next().get(s) instanceof Cursor next && next.offset() > 0) {
        merge.lookBack(s, next);
      }
    }
    Cursor last = null;
    int stopAfter = 1 + random.nextInt(15);
    while (true) {
      int s = random.nextInt(logs.size());
      if (at[s] < logs.get(s).size()) {
        merge.offer(s, logs.get(s).get(at[s]++), 1);
      }
      for (Delivery d = merge.poll(1); d != null; d = merge.poll(1)) {
        seen.add(((Message) d).id());
        last = ((Message) d).cursor();
        if (--stopAfter == 0 || seen.size() == 40) {
          return last;
        }
      }
    }
  }
}
