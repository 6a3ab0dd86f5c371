package io.emque.server.histories;

import io.emque.server.histories.Observation.Begun;
import io.emque.server.histories.Observation.Ended;
import io.emque.server.histories.Observation.Got;
import io.emque.server.histories.Observation.Missed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What one subscription to a {@link Topic.Kind#MERGED} topic saw, and what it should have. */
final class MergedWalk {
  private final Observation observation;
  private final Map<Sent, Sent.Fate> sent; // to this topic
  private final Map<String, Sent> byKey = new HashMap<>();
  private final List<String> faults = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private final Map<String, Long> first = new HashMap<>(); // number seen, by session
  private final Map<String, Long> last = new HashMap<>();
  private Begun begun;
  private boolean ended;
  private long missed;

  /**
   * @param sent what was sent to the topic
   */
  MergedWalk(Observation observation, Map<Sent, Sent.Fate> sent) {
    this.observation = observation;
    this.sent = sent;
    sent.keySet().forEach(message -> byKey.put(message.key(), message));
    for (Observation.Event event : observation.events()) {
      if (ended) {
        faults.add(observation + " ended, and then came " + event);
      }
      switch (event) {
        case Begun beginning -> begun = beginning;
        case Got got -> got(got.key());
        case Missed gap -> missed += gap.count().orElse(Integer.MAX_VALUE);
        case Observation.Resumed resumed -> {}
        case Ended over -> ended = true;
      }
    }
  }

  private void got(String key) {
    Sent message = byKey.get(key);
    if (message == null) {
      faults.add(observation + " got " + key + ", which nobody sent");
      return;
    }
    if (!seen.add(key)) {
      faults.add(observation + " got " + key + " twice");
      return;
    }
    first.putIfAbsent(message.session(), message.number());
    Long before = last.put(message.session(), message.number());
    if (before != null && before > message.number()) {
      faults.add(observation + " got " + key + " behind number " + before);
    }
  }

  /** Those that were answered, should have come and did not. */
  List<Sent> holes() {
    var holes = new ArrayList<Sent>();
    for (var entry : sent.entrySet()) {
      Sent message = entry.getKey();
      if (!(entry.getValue() instanceof Sent.Unknown)
          && !seen.contains(message.key())
          && (due(message) || between(message))) {
        holes.add(message);
      }
    }
    return holes;
  }

  private boolean due(Sent message) {
    return !ended
        && begun != null
        && (!begun.latest() || message.askedAt() - begun.answeredAt() > 0);
  }

  private boolean between(Sent message) {
    Long from = first.get(message.session());
    Long to = last.get(message.session());
    return from != null && to != null && from < message.number() && message.number() < to;
  }

  /** Whether everything has come that was answered, or been told as missed. */
  boolean isComplete() {
    return begun != null && holes().size() <= missed;
  }

  List<String> faults() {
    var all = new ArrayList<>(faults);
    List<Sent> holes = holes();
    if (holes.size() > missed) {
      all.add(observation + " lacks " + holes + ", and was told of " + missed + " missed");
    }
    return all;
  }
}
