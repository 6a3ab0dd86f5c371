package io.emque.server.histories;

import io.emque.api.Cursor;
import org.jspecify.annotations.Nullable;

/**
 * A message that somebody sent.
 *
 * @param session messages of one session were sent in the order of their numbers, and keep it
 * @param number of its session, from 0
 * @param key what its payload begins with, up to and with a {@code /}; no other message has it
 * @param askedAt {@link System#nanoTime} before it was sent
 * @param again whether it is sent again until it is answered: one that never was may then stand
 *     behind later ones
 */
record Sent(String topic, String session, long number, String key, long askedAt, boolean again) {
  /** One that is sent once. */
  Sent(String topic, String session, long number, String key, long askedAt) {
    this(topic, session, number, key, askedAt, false);
  }

  /** What its publisher knows of it in the end. */
  sealed interface Fate {
    /**
     * Of a message that was answered.
     *
     * @param at null where it has a position on each of several servers
     */
    static Fate of(@Nullable Cursor at, long answeredAt) {
      return at == null ? new TakenSomewhere(answeredAt) : new Taken(at, answeredAt);
    }
  }

  /** It was answered. */
  record Taken(Cursor at, long answeredAt) implements Fate {}

  /** It was answered, but not where it is. */
  record TakenSomewhere(long answeredAt) implements Fate {}

  /** There was no answer: it may be there or not. */
  record Unknown() implements Fate {}

  /** The part of a payload that tells messages apart. */
  static String keyOf(String payload) {
    int slash = payload.indexOf('/');
    return slash < 0 ? payload : payload.substring(0, slash + 1);
  }
}
