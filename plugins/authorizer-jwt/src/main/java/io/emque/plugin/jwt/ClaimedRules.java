package io.emque.plugin.jwt;

import io.emque.api.spi.TopicPattern;
import io.emque.api.spi.TopicRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rules from a claim: an object with lists {@code publish}, {@code subscribe}, {@code admin} and
 * with {@code metrics}; or, as in {@code scope}, words such as {@code publish:orders/*} in a list
 * or between spaces, where other words mean nothing.
 */
final class ClaimedRules {
  private final List<TopicPattern> publish = new ArrayList<>();
  private final List<TopicPattern> subscribe = new ArrayList<>();
  private final List<TopicPattern> admin = new ArrayList<>();
  private boolean metrics;

  private ClaimedRules() {}

  /**
   * @param claim null for nothing allowed
   * @throws IllegalArgumentException when it is of another form
   */
  static TopicRules of(@Nullable Object claim) {
    var rules = new ClaimedRules();
    switch (claim) {
      case null -> {}
      case String words -> rules.words(List.of(words.split(" ")));
      case List<?> words -> rules.words(words);
      case Map<?, ?> lists -> rules.lists(lists);
      default -> throw new IllegalArgumentException("it is neither an object nor words");
    }
    return new TopicRules(rules.publish, rules.subscribe, rules.admin, rules.metrics);
  }

  private void words(List<?> words) {
    for (Object word : words) {
      if (!(word instanceof String text)) {
        throw new IllegalArgumentException("a word is no text");
      }
      int colon = text.indexOf(':');
      if (colon > 0) {
        add(text.substring(0, colon), text.substring(colon + 1));
      } else if (text.equals("metrics")) {
        metrics = true;
      }
    }
  }

  private void add(String action, String pattern) {
    switch (action) {
      case "publish" -> publish.add(TopicPattern.of(pattern));
      case "subscribe" -> subscribe.add(TopicPattern.of(pattern));
      case "admin" -> admin.add(TopicPattern.of(pattern));
      default -> {} // a word of somebody else's
    }
  }

  private void lists(Map<?, ?> lists) {
    for (var entry : lists.entrySet()) {
      String key = String.valueOf(entry.getKey());
      switch (key) {
        case "publish", "subscribe", "admin" -> {
          if (!(entry.getValue() instanceof List<?> patterns)) {
            throw new IllegalArgumentException(key + " is no list");
          }
          for (Object pattern : patterns) {
            add(key, String.valueOf(pattern));
          }
        }
        case "metrics" -> metrics = Boolean.TRUE.equals(entry.getValue());
        default ->
            throw new IllegalArgumentException(
                "there is no rule \"" + key + "\"; known are publish, subscribe, admin, metrics");
      }
    }
  }
}
