package io.emque.server.histories;

import io.emque.api.Cursor;
import io.emque.server.histories.Observation.Begun;
import io.emque.server.histories.Observation.Ended;
import io.emque.server.histories.Observation.Event;
import io.emque.server.histories.Observation.Got;
import io.emque.server.histories.Observation.Missed;
import io.emque.server.histories.Observation.Resumed;
import io.emque.server.histories.Topic.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Says what a history cannot be if each topic is one log: everybody sees its order, each message
 * once, and every hole is told; nothing is there that nobody sent; what was answered is there;
 * nothing comes after the end.
 *
 * <p>It knows nothing of the broker. What positions mean is put together from what publishers were
 * answered, what subscribers got, and the logs at the end; where two of them differ, that is a
 * fault.
 */
final class Checker {
  private final Map<Sent, Sent.Fate> sent;
  private final Map<String, Topic> topics = new HashMap<>();
  private final Collection<Observation> observations;
  private final List<String> faults = new ArrayList<>();
  private final Positions positions = new Positions(faults::add);
  private final Map<String, Set<String>> keys = new HashMap<>(); // sent, by topic
  private final Map<String, Set<String>> kept = new HashMap<>(); // in the end, by topic
  private final Map<String, Set<String>> epochs = new HashMap<>(); // by topic

  private Checker(
      Map<Sent, Sent.Fate> sent, Collection<Topic> topics, Collection<Observation> observations) {
    this.sent = sent;
    this.observations = observations;
    topics.forEach(topic -> this.topics.put(topic.name(), topic));
  }

  /**
   * Looks at everything.
   *
   * @return what cannot be; empty when all is well
   */
  static List<String> faults(
      Map<Sent, Sent.Fate> sent, Collection<Topic> topics, Collection<Observation> observations) {
    var checker = new Checker(sent, topics, observations);
    checker.gather();
    checker.publishers();
    observations.forEach(checker::subscriber);
    checker.merged();
    return checker.faults;
  }

  private Topic topic(String name) {
    return topics.get(name);
  }

  private boolean isMerged(String topic) {
    return topic(topic).is(Kind.MERGED);
  }

  private void say(String topic, Cursor at, String key, String who) {
    epochs.computeIfAbsent(topic, name -> new HashSet<>()).add(at.epoch());
    positions.say(topic, at, key, who);
  }

  /** Where everything is. */
  private void gather() {
    for (var entry : sent.entrySet()) {
      Sent message = entry.getKey();
      keys.computeIfAbsent(message.topic(), name -> new HashSet<>()).add(message.key());
      if (entry.getValue() instanceof Sent.Taken taken && !isMerged(message.topic())) {
        say(message.topic(), taken.at(), message.key(), message.session());
      }
    }
    for (Topic topic : topics.values()) {
      topic.kept().forEach(at -> say(topic.name(), at.getKey(), at.getValue(), "the log"));
      kept.put(topic.name(), Set.copyOf(topic.kept().stream().map(Map.Entry::getValue).toList()));
    }
    for (Observation observation : observations) {
      for (Event event : observation.events()) {
        if (event instanceof Got got && got.at() != null && !isMerged(observation.topic())) {
          say(observation.topic(), got.at(), got.key(), observation.toString());
        }
      }
    }
  }

  // ---- publishers

  private void publishers() {
    var last = new HashMap<String, TreeMap<Long, Sent>>();
    for (var entry : sent.entrySet()) {
      Sent message = entry.getKey();
      answeredIsThere(message, entry.getValue());
      boolean failed = message.again() && entry.getValue() instanceof Sent.Unknown;
      boolean forgotten = topic(message.topic()).is(Kind.VANISHING); // ids, and so retries, too
      if (!failed && !forgotten) {
        last.computeIfAbsent(message.session() + " " + message.topic(), each -> new TreeMap<>())
            .put(message.number(), message);
      }
    }
    last.values().forEach(session -> inOrder(session.values()));
  }

  private void answeredIsThere(Sent message, Sent.Fate fate) {
    Topic topic = topic(message.topic());
    if (fate instanceof Sent.Unknown || !topic.is(Kind.KEPT)) {
      return;
    }
    if (!kept.getOrDefault(message.topic(), Set.of()).contains(message.key())) {
      faults.add(message + " was answered, and is not in the log");
    }
  }

  private void inOrder(Collection<Sent> session) {
    var before = new HashMap<String, Sent>(); // by epoch
    for (Sent message : session) {
      Set<String> incarnations = epochs.getOrDefault(message.topic(), Set.of());
      for (Cursor at : positions.all(message.topic(), message.key(), incarnations)) {
        Sent earlier = before.put(at.epoch(), message);
        Cursor was =
            earlier == null ? null : positions.of(message.topic(), earlier.key(), at.epoch());
        if (was != null && was.offset() >= at.offset()) {
          faults.add(earlier + " was sent before " + message + ", but is behind it, at " + was);
        }
      }
    }
  }

  // ---- subscribers

  private void subscriber(Observation observation) {
    Topic topic = topic(observation.topic());
    if (!topic.is(Kind.MERGED)) {
      new Walk(observation, topic).along();
    }
  }

  private void merged() {
    for (Topic topic : topics.values()) {
      if (topic.is(Kind.MERGED)) {
        Map<Sent, Sent.Fate> here = to(topic.name(), sent);
        observations.stream()
            .filter(each -> each.topic().equals(topic.name()))
            .forEach(each -> faults.addAll(new MergedWalk(each, here).faults()));
      }
    }
  }

  /** What was sent to a topic. */
  static Map<Sent, Sent.Fate> to(String topic, Map<Sent, Sent.Fate> sent) {
    var here = new HashMap<Sent, Sent.Fate>();
    sent.forEach(
        (message, fate) -> {
          if (message.topic().equals(topic)) {
            here.put(message, fate);
          }
        });
    return here;
  }

  /** One subscription's events, in order. */
  private final class Walk {
    private final Observation observation;
    private final Topic topic;
    private final Set<String> seen = new HashSet<>();
    private @Nullable String epoch;
    private @Nullable Cursor expected; // null when nobody knows

    Walk(Observation observation, Topic topic) {
      this.observation = observation;
      this.topic = topic;
    }

    void along() {
      Ended ended = null;
      for (Event event : observation.events()) {
        if (ended != null) {
          fault(" ended (" + ended.why() + "), and then came " + event);
          return;
        }
        switch (event) {
          case Begun begun -> {
            begins(begun);
            stand(begun.next());
          }
          case Got got -> got(got);
          case Missed missed -> {
            missed(missed);
            stand(missed.next());
          }
          case Resumed resumed -> {}
          case Ended over -> ended = over;
        }
      }
      if (ended == null && expected != null && !expected.equals(topic.next())) {
        fault(" stands at " + expected + " where the log ends at " + topic.next());
      }
    }

    private void fault(String what) {
      faults.add(observation + what);
    }

    private void stand(Cursor next) {
      expected = next;
      epoch = next.epoch();
    }

    private void got(Got got) {
      if (!keys.getOrDefault(topic.name(), Set.of()).contains(got.key())) {
        fault(" got " + got.key() + ", which nobody sent");
      }
      Cursor at = got.at();
      if (at == null && epoch != null) {
        at = positions.of(topic.name(), got.key(), epoch);
      }
      if (!seen.add(topic.is(Kind.VANISHING) && at != null ? at.epoch() + got.key() : got.key())) {
        fault(" got " + got.key() + " twice");
      } else if (at == null) {
        expected = null; // dropped before anybody said where it was
      } else {
        if (expected != null && !expected.equals(at) && !mayHide(got, expected, at)) {
          fault(" got " + got.key() + " at " + at + " where " + expected + " was due");
        }
        stand(at.next());
      }
    }

    /** Streams without positions cannot say that they missed something. */
    private boolean mayHide(Got got, Cursor due, Cursor at) {
      return got.at() == null
          && !topic.dropsNothing()
          && due.epoch().equals(at.epoch())
          && due.offset() < at.offset();
    }

    private void missed(Missed missed) {
      if (expected != null && !expected.equals(missed.expected())) {
        fault(" was told " + missed + " where " + expected + " was due");
      }
      if (missed.expected().epoch().equals(missed.next().epoch())) {
        long count = missed.next().offset() - missed.expected().offset();
        if (count <= 0 || missed.count().orElse(-1) != count) {
          fault(" was told " + missed + ", which does not add up");
        }
        if (topic.dropsNothing()) {
          fault(" was told " + missed + " of a topic that keeps everything");
        }
      } else if (!topic.is(Kind.VANISHING)) {
        fault(" was told " + missed + " of a topic that never began anew");
      }
    }

    /** What was answered before it asked is behind it; what was sent after its answer is not. */
    private void begins(Begun begun) {
      if (!begun.latest()) {
        return;
      }
      for (var entry : sent.entrySet()) {
        Sent message = entry.getKey();
        Cursor at =
            message.topic().equals(topic.name())
                ? positions.of(topic.name(), message.key(), begun.next().epoch())
                : null;
        if (at == null) {
          continue;
        }
        boolean behind = at.offset() < begun.next().offset();
        if (behind && message.askedAt() - begun.answeredAt() > 0) {
          fault(" stood, and yet " + message + " went by, at " + at);
        }
        if (!behind
            && observation.direct()
            && entry.getValue() instanceof Sent.Taken taken
            && taken.answeredAt() - begun.askedAt() < 0) {
          fault(" asked for the latest, and " + message + " was before, at " + at);
        }
      }
    }
  }
}
