package io.emque.server.histories;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Cursor;
import io.emque.server.histories.Observation.Begun;
import io.emque.server.histories.Observation.Ended;
import io.emque.server.histories.Observation.Event;
import io.emque.server.histories.Observation.Got;
import io.emque.server.histories.Observation.Missed;
import io.emque.server.histories.Observation.Resumed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the checker would find, planted into a history of five messages that is sound. */
class CheckerTest {
  private static final int MESSAGES = 5;

  private final Map<Sent, Sent.Fate> sent = new LinkedHashMap<>();
  private final List<Map.Entry<Cursor, String>> log = new ArrayList<>();
  private final List<Observation> observations = new ArrayList<>();
  private Topic.Kind kind = Topic.Kind.KEPT;

  CheckerTest() {
    for (int i = 0; i < MESSAGES; i++) {
      send(i);
      log.add(Map.entry(at(i), key(i)));
    }
  }

  private void send(int i) {
    sent.put(message(i), new Sent.Taken(at(i), answered(i)));
  }

  private static Sent message(int i) {
    return new Sent("foo", "p", i, key(i), asked(i));
  }

  private static String key(int i) {
    return "p." + i + "/";
  }

  private static Cursor at(long offset) {
    return new Cursor("e", offset);
  }

  private static long asked(int i) {
    return 100L * i;
  }

  private static long answered(int i) {
    return 100L * i + 50;
  }

  private List<String> faults() {
    var topic = new Topic("foo", kind, at(MESSAGES), log);
    return Checker.faults(sent, List.of(topic), observations);
  }

  /** One that begins before everything. */
  private Observation observe(Event... events) {
    return observeFrom(new Begun(at(0), true, -10, -5), events);
  }

  private Observation observeFrom(Begun begun, Event... events) {
    var observation = new Observation("someone", "foo", true);
    observation.add(begun);
    for (Event event : events) {
      observation.add(event);
    }
    observations.add(observation);
    return observation;
  }

  private static Got got(int i) {
    return new Got(at(i), key(i));
  }

  private static Got bare(int i) {
    return new Got(null, key(i));
  }

  private static Missed missed(long from, long to, @Nullable Long count) {
    return new Missed(
        at(from), at(to), count == null ? OptionalLong.empty() : OptionalLong.of(count));
  }

  @Test
  void soundHistoriesHaveNoFault() {
    observe(got(0), got(1), new Resumed(), got(2), got(3), got(4));
    observe(bare(0), bare(1), bare(2), bare(3), bare(4));
    observe(got(0), new Ended("by itself"));
    observeFrom(new Begun(at(3), true, 260, 299), got(3), got(4));
    observeFrom(new Begun(at(0), false, 1_000, 1_001), got(0), got(1), got(2), got(3), got(4));

    assertThat(faults()).isEmpty();
  }

  @Test
  void gapsOfALogThatKeepsLittleAreSound() {
    kind = Topic.Kind.TRIMMED;
    log.removeFirst();
    observe(got(0), missed(1, 3, 2L), got(3), got(4));
    observe(bare(0), bare(3), bare(4));

    assertThat(faults()).isEmpty();
  }

  @Test
  void lostMessageIsFound() {
    observe(got(0), got(1), got(3), got(4));

    assertThat(faults()).singleElement().asString().contains("p.3/", "where e:2 was due");
  }

  @Test
  void messageLostByAStreamWithoutPositionsIsFound() {
    observe(bare(0), bare(1), bare(3), bare(4));

    assertThat(faults()).singleElement().asString().contains("p.3/", "where e:2 was due");
  }

  @Test
  void messageLostAtTheEndIsFound() {
    observe(got(0), got(1), got(2), got(3));

    assertThat(faults()).singleElement().asString().contains("stands at e:4");
  }

  @Test
  void messageLostAtTheBeginningIsFound() {
    observeFrom(new Begun(at(1), true, -10, -5), got(1), got(2), got(3), got(4));

    assertThat(faults()).singleElement().asString().contains("went by", "number=0");
  }

  @Test
  void messageOfThePastIsNotTheLatest() {
    observeFrom(new Begun(at(1), true, 260, 270), got(1), got(2), got(3), got(4));

    assertThat(faults()).hasSize(2).allSatisfy(fault -> assertThat(fault).contains("was before"));
  }

  @Test
  void duplicatedMessageIsFound() {
    observe(got(0), got(1), got(1), got(2), got(3), got(4));

    assertThat(faults()).singleElement().asString().contains("p.1/ twice");
  }

  @Test
  void messageDuplicatedAfterResumingIsFound() {
    observe(bare(0), bare(1), new Resumed(), bare(1), bare(2), bare(3), bare(4));

    assertThat(faults()).singleElement().asString().contains("p.1/ twice");
  }

  @Test
  void reorderedMessagesAreFound() {
    observe(got(0), got(2), got(1), got(3), got(4));

    assertThat(faults()).isNotEmpty().first().asString().contains("p.2/", "where e:1 was due");
  }

  @Test
  void messagesReorderedByAStreamWithoutPositionsAreFound() {
    kind = Topic.Kind.TRIMMED;
    observe(bare(0), bare(2), bare(1), bare(3), bare(4));

    assertThat(faults()).isNotEmpty();
  }

  @Test
  void inventedMessageIsFound() {
    observe(got(0), got(1), got(2), new Got(at(3), "nobody/"), got(4));

    assertThat(faults()).anySatisfy(fault -> assertThat(fault).contains("which nobody sent"));
  }

  @Test
  void messageThatDiffersBetweenTwoIsFound() {
    sent.keySet().removeIf(message -> message.number() == 3);
    sent.put(message(3), new Sent.Unknown());
    observe(got(0), got(1), got(2), new Got(at(3), key(4)), got(4));

    assertThat(faults()).anySatisfy(fault -> assertThat(fault).contains("where others have"));
  }

  @Test
  void messageInTwoPlacesIsFound() {
    log.set(4, Map.entry(at(4), key(3)));
    sent.keySet().removeIf(message -> message.number() == 4);

    assertThat(faults()).anySatisfy(fault -> assertThat(fault).contains("e:4 and at e:3"));
  }

  @Test
  void answeredMessageThatIsNotThereIsFound() {
    sent.put(new Sent("foo", "q", 0, "q.0/", 0), new Sent.TakenSomewhere(10));

    assertThat(faults()).singleElement().asString().contains("is not in the log");
  }

  @Test
  void publisherWhoseOrderWasNotKeptIsFound() {
    sent.clear();
    for (int i = 0; i < MESSAGES; i++) {
      int number = i == 1 ? 2 : i == 2 ? 1 : i;
      sent.put(
          new Sent("foo", "p", number, key(i), asked(number)),
          new Sent.Taken(at(i), answered(number)));
    }

    assertThat(faults()).singleElement().asString().contains("but is behind it");
  }

  @Test
  void unreportedGapIsFoundWhereGapsMayBe() {
    kind = Topic.Kind.TRIMMED;
    observe(got(0), got(3), got(4));

    assertThat(faults()).singleElement().asString().contains("where e:1 was due");
  }

  @Test
  void gapThatDoesNotAddUpIsFound() {
    kind = Topic.Kind.TRIMMED;
    observe(got(0), missed(1, 3, 1L), got(3), got(4));
    observe(got(0), missed(2, 3, 1L), got(3), got(4));
    observe(got(0), missed(1, 3, null), got(3), got(4));

    assertThat(faults()).hasSize(3);
  }

  @Test
  void gapOfATopicThatKeepsEverythingIsFound() {
    observe(got(0), missed(1, 3, 2L), got(3), got(4));

    assertThat(faults()).singleElement().asString().contains("keeps everything");
  }

  @Test
  void gapToAnotherEpochIsSoundOnlyWhereTopicsVanish() {
    var newEpoch = new Missed(new Cursor("old", 7), at(0), OptionalLong.empty());
    observeFrom(
        new Begun(new Cursor("old", 7), true, -10, -5),
        newEpoch,
        got(0),
        got(1),
        got(2),
        got(3),
        got(4));

    assertThat(faults()).singleElement().asString().contains("never began anew");
    kind = Topic.Kind.VANISHING;
    assertThat(faults()).isEmpty();
  }

  @Test
  void whateverComesAfterTheEndIsFound() {
    observe(got(0), new Ended("by itself"), got(1));

    assertThat(faults()).singleElement().asString().contains("and then came");
  }

  @Test
  void mergedTopicsKeepEachPublishersOrderAlone() {
    kind = Topic.Kind.MERGED;
    sent.put(new Sent("foo", "q", 0, "q.0/", 500), new Sent.TakenSomewhere(510));
    observe(got(0), new Got(at(9), "q.0/"), got(1), got(2), got(3), got(4));
    observe(bare(0), bare(1), bare(2), bare(3), bare(4), new Got(null, "q.0/"));
    observe(got(0), missed(7, 9, 2L), got(3), got(4), new Got(at(9), "q.0/"));
    observeFrom(new Begun(at(3), true, 260, 299), got(4), new Got(null, "q.0/"), missed(3, 4, 1L));
    observe(got(1), got(2), new Ended("by itself"));

    assertThat(faults()).isEmpty();
  }

  @Test
  void whatMergedTopicsMayNotDoIsFound() {
    kind = Topic.Kind.MERGED;
    observe(got(0), got(1), got(3), got(4));
    observe(got(0), got(1), got(2), got(3));
    observe(got(0), got(1), got(3), got(2), got(4));
    observe(got(0), got(1), got(2), got(2), got(3), got(4));
    observe(got(0), got(1), got(2), got(3), got(4), new Got(at(5), "nobody/"));
    observe(got(0), got(2), new Ended("by itself"));
    observe(new Ended("by itself"), got(0));

    assertThat(faults())
        .satisfiesExactly(
            fault -> assertThat(fault).contains("lacks", "number=2"),
            fault -> assertThat(fault).contains("lacks", "number=4"),
            fault -> assertThat(fault).contains("p.2/ behind number 3"),
            fault -> assertThat(fault).contains("p.2/ twice"),
            fault -> assertThat(fault).contains("which nobody sent"),
            fault -> assertThat(fault).contains("lacks", "number=1"),
            fault -> assertThat(fault).contains("and then came"));
  }

  @Test
  void messageWhosePublisherGaveUpMayBeBehindLaterOnes() {
    sent.clear();
    for (int i = 0; i < MESSAGES; i++) {
      int number = i == 1 ? 2 : i == 2 ? 1 : i;
      sent.put(
          new Sent("foo", "p", number, key(i), asked(number), true),
          number == 1 ? new Sent.Unknown() : new Sent.Taken(at(i), answered(number)));
    }

    assertThat(faults()).isEmpty();
  }
}
