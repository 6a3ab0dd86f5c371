package io.emque.api.spi;

import io.emque.api.OneLine;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Topic names that a rule is for. A {@code *} stands for any characters, slashes included, or none;
 * {@code \*} and {@code \\} for a star and a backslash; every other character for itself. Names are
 * compared code unit by code unit: nothing is folded or normalised. Immutable.
 */
public final class TopicPattern {
  private static final char STAR = '*';

  private final String text;
  private final String characters; // without escapes
  private final boolean[] any; // where a star stands

  private TopicPattern(String text, String characters, boolean[] any) {
    this.text = text;
    this.characters = characters;
    this.any = any;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException when it is empty, or a backslash stands before anything else
   */
  public static TopicPattern of(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("a topic pattern is empty; \"*\" is for every topic");
    }
    var characters = new StringBuilder();
    var any = new boolean[text.length()];
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
        if (i == text.length() || (text.charAt(i) != STAR && text.charAt(i) != '\\')) {
          throw new IllegalArgumentException(
              "the topic pattern \""
                  + OneLine.of(text)
                  + "\" has a \\ before neither * nor \\; write \\\\");
        }
        c = text.charAt(i);
      } else {
        any[characters.length()] = c == STAR;
      }
      characters.append(c);
    }
    return new TopicPattern(text, characters.toString(), Arrays.copyOf(any, characters.length()));
  }

  /** Whether one of them is for this topic. */
  static boolean anyMatches(Collection<TopicPattern> patterns, String topic) {
    for (TopicPattern pattern : patterns) {
      if (pattern.matches(topic)) {
        return true;
      }
    }
    return false;
  }

  /** Whether it is for this topic. Time grows with the product of both lengths at most. */
  public boolean matches(String topic) {
    int at = 0;
    int in = 0;
    int star = -1; // the last one met, and how much it stands for so far
    int starUntil = 0;
    while (in < topic.length()) {
      if (at < any.length && any[at]) {
        star = at++;
        starUntil = in;
      } else if (at < any.length && characters.charAt(at) == topic.charAt(in)) {
        at++;
        in++;
      } else if (star >= 0) {
        at = star + 1;
        in = ++starUntil;
      } else {
        return false;
      }
    }
    while (at < any.length && any[at]) {
      at++;
    }
    return at == any.length;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TopicPattern pattern && pattern.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As it was written. */
  @Override
  public String toString() {
    return text;
  }
}
