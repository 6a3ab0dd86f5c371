package io.emque.client;

import org.jspecify.annotations.Nullable;

/**
 * An id that a client stamped: {@code PUBLISHER-SEQUENCE}. A publisher is a stream of messages to
 * one topic, named by {@code ~} and 16 characters of {@code [0-9A-Za-z]}; its sequence has no
 * holes.
 *
 * @param publisher its name
 * @param sequence 1, 2, 3 …
 */
record MessageId(String publisher, long sequence) {
  private static final int PUBLISHER_LENGTH = 17;
  private static final int MAX_DIGITS = 18;

  /** Returns null for an id of another form: one that a user gave. */
  static @Nullable MessageId parse(@Nullable String id) {
    if (id == null
        || id.length() < PUBLISHER_LENGTH + 2
        || id.length() > PUBLISHER_LENGTH + 1 + MAX_DIGITS
        || id.charAt(0) != '~'
        || id.charAt(PUBLISHER_LENGTH) != '-') {
      return null;
    }
    for (int i = 1; i < PUBLISHER_LENGTH; i++) {
      if (!isLetterOrDigit(id.charAt(i))) {
        return null;
      }
    }
    long sequence = 0;
    for (int i = PUBLISHER_LENGTH + 1; i < id.length(); i++) {
      char c = id.charAt(i);
      if (c < '0' || c > '9') {
        return null;
      }
      sequence = sequence * 10 + (c - '0');
    }
    return sequence == 0 ? null : new MessageId(id.substring(0, PUBLISHER_LENGTH), sequence);
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  }

  @Override
  public String toString() {
    return publisher + "-" + sequence;
  }
}
