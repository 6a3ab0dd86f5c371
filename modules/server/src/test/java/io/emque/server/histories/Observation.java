package io.emque.server.histories;

import io.emque.api.Cursor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What one subscription saw, over all the connections that it was resumed on. One thread writes;
 * any may ask where it stands.
 */
final class Observation {
  private final String subscriber;
  private final String topic;
  private final boolean direct;
  private final List<Event> events = new ArrayList<>(); // under this
  private @Nullable Cursor next; // under this
  private String lastKey = ""; // under this
  private boolean ended; // under this

  /**
   * @param subscriber who, for the report
   * @param direct whether no proxy broker stands in between, which may be behind by what is on its
   *     way
   */
  Observation(String subscriber, String topic, boolean direct) {
    this.subscriber = subscriber;
    this.topic = topic;
    this.direct = direct;
  }

  /** What happened. */
  sealed interface Event {}

  /**
   * The subscription stands.
   *
   * @param next the first message to come
   * @param latest whether it was to begin with what is published from now on
   */
  record Begun(Cursor next, boolean latest, long askedAt, long answeredAt) implements Event {}

  /**
   * A message.
   *
   * @param at null where the protocol does not say
   */
  record Got(@Nullable Cursor at, String key) implements Event {}

  /** Word of messages that will not come. */
  record Missed(Cursor expected, Cursor next, OptionalLong count) implements Event {}

  /** The connection was lost, and another one goes on where it stood. */
  record Resumed() implements Event {}

  /** It is over: nothing may come after this. */
  record Ended(String why) implements Event {}

  synchronized void add(Event event) {
    events.add(event);
    switch (event) {
      case Begun begun -> next = begun.next();
      case Got got -> {
        Cursor known = next;
        next = got.at() != null ? got.at().next() : known == null ? null : known.next();
        lastKey = got.key();
      }
      case Missed missed -> next = missed.next();
      case Resumed resumed -> {}
      case Ended over -> ended = true;
    }
  }

  String subscriber() {
    return subscriber;
  }

  String topic() {
    return topic;
  }

  boolean direct() {
    return direct;
  }

  synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** The message that comes next, as far as it knows. */
  synchronized @Nullable Cursor next() {
    return next;
  }

  /** Of the last message that came. */
  synchronized String lastKey() {
    return lastKey;
  }

  synchronized boolean ended() {
    return ended;
  }

  @Override
  public String toString() {
    return subscriber + " of " + topic;
  }
}
