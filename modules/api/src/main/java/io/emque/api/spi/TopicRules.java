package io.emque.api.spi;

import static io.emque.api.spi.TopicPattern.anyMatches;

import java.util.List;

/**
 * Rules by topic patterns.
 *
 * @param publish topics that may be published to
 * @param subscribe topics that may be subscribed to
 * @param admin topics that may be looked at and removed
 * @param metrics whether the server's metrics may be seen
 */
public record TopicRules(
    List<TopicPattern> publish,
    List<TopicPattern> subscribe,
    List<TopicPattern> admin,
    boolean metrics)
    implements Identity.Rules {
  /** Nothing. */
  public static final TopicRules NONE = new TopicRules(List.of(), List.of(), List.of(), false);

  /** Keeps copies. */
  public TopicRules {
    publish = List.copyOf(publish);
    subscribe = List.copyOf(subscribe);
    admin = List.copyOf(admin);
  }

  @Override
  public boolean allow(Action action, String topic) {
    return switch (action) {
      case PUBLISH -> anyMatches(publish, topic);
      case SUBSCRIBE -> anyMatches(subscribe, topic);
      case ADMIN -> anyMatches(admin, topic);
      case METRICS -> metrics;
    };
  }
}
