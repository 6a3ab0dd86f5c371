package io.emque.engine;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.util.List;

/**
 * Counts and reports what happens to a topic's slow readers, once per episode. Called without the
 * topic's lock.
 */
final class SlowReaders {
  private static final System.Logger LOG = System.getLogger(SlowReaders.class.getName());

  private final String topic;
  private final Counters counters;

  SlowReaders(String topic, Counters counters) {
    this.topic = topic;
    this.counters = counters;
  }

  /** Ends readers that fell off the log under {@code disconnect}. */
  void evict(List<Reader> fallen) {
    for (Reader reader : fallen) {
      evict(reader);
    }
  }

  /** Ends a reader that fell off the log under {@code disconnect}. */
  void evict(Reader reader) {
    long missed = reader.behindLog();
    if (reader.evict(Reader.tooSlow(topic, missed))) {
      counters.evicted.increment();
      counters.gap(GapReason.DISCONNECTED, missed);
      LOG.log(
          WARNING,
          () ->
              "slow consumer: closed "
                  + name(reader)
                  + " that fell "
                  + messages(missed)
                  + " behind");
    }
  }

  /** A reader with {@code skip} missed messages, the first ones since it had caught up. */
  void skipped(Reader reader, long missed) {
    counters.slowEpisodes.increment();
    LOG.log(WARNING, () -> "slow consumer: " + name(reader) + " missed " + messages(missed));
  }

  /** It has caught up again. */
  void recovered(Reader reader, long missed) {
    LOG.log(INFO, () -> "recovered: " + name(reader) + " missed " + messages(missed) + " in all");
  }

  private String name(Reader reader) {
    return "subscriber (" + reader.protocol() + ") of topic \"" + topic + "\"";
  }

  private static String messages(long n) {
    return n == 1 ? "1 message" : n + " messages";
  }
}
