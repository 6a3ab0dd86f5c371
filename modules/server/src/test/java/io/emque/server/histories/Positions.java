package io.emque.server.histories;

import io.emque.api.Cursor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where each message is, put together from all who have said so; contradictions are faults. */
final class Positions {
  private final Map<Place, String> keys = new HashMap<>();
  private final Map<Topic, Cursor> places = new HashMap<>();
  private final Consumer<String> fault;

  /**
   * @param fault told of each contradiction
   */
  Positions(Consumer<String> fault) {
    this.fault = fault;
  }

  void say(String topic, Cursor at, String key, String who) {
    String known = keys.putIfAbsent(new Place(topic, at), key);
    if (known != null && !known.equals(key)) {
      fault.accept(
          who + " has " + key + " at " + at + " of " + topic + ", where others have " + known);
    }
    Cursor before = places.putIfAbsent(new Topic(topic, key, at.epoch()), at);
    if (before != null && !before.equals(at)) {
      fault.accept(who + " has " + key + " of " + topic + " at " + at + " and at " + before);
    }
  }

  /** Where it is in an incarnation of the topic; null when nobody has said so. */
  @Nullable Cursor of(String topic, String key, String epoch) {
    return places.get(new Topic(topic, key, epoch));
  }

  List<Cursor> all(String topic, String key, Iterable<String> epochs) {
    var found = new java.util.ArrayList<Cursor>();
    for (String epoch : epochs) {
      Cursor at = of(topic, key, epoch);
      if (at != null) {
        found.add(at);
      }
    }
    return found;
  }

  private record Place(String topic, Cursor at) {}

  private record Topic(String topic, String key, String epoch) {}
}
