package io.emque.engine;

import io.emque.api.Broker;
import io.emque.api.BrokerException;
import io.emque.api.SubscribeOptions;
import io.emque.api.TopicInfo;
import java.time.Duration;
import java.util.Optional;

/**
 * A broker as transports see it: they work on bytes and cursors, and make no object per message.
 *
 * <p><b>Threads:</b> every method may be called from any thread.
 */
public interface LogBroker extends Broker {
  /** The limits. */
  EngineOptions options();

  /**
   * What publishes to a topic; keep it for as long as you publish. Makes no topic before the first
   * message.
   *
   * @throws BrokerException for an invalid name
   */
  Appender appender(String topic);

  /**
   * Subscribes. What is published after this returned will be read, or told as a gap.
   *
   * @param protocol a label for {@link TopicInfo}
   */
  Reader open(String topic, SubscribeOptions subscribe, String protocol);

  /**
   * Whether a message that is published now, beside all topics and uncounted, is read in time, and
   * the disk, if there is one, hangs nowhere. A broker that refuses it is alive all the same.
   *
   * @param limit how long it may take
   */
  boolean comesThrough(Duration limit) throws InterruptedException;

  /** What keeps it from taking messages, in one line; empty when nothing does. */
  Optional<String> trouble();

  /**
   * Sets how many topics there may be from now on; those beyond that stay. Without effect on a
   * broker whose topics live elsewhere.
   */
  default void maxTopics(int limit) {}

  /** Counters and levels. Looks at every topic: for now and then. */
  BrokerStats stats();

  /** Refuses publishes from now on; readers end once they have read all there is. */
  void drain();

  /** After {@link #drain}, when time is short: readers end where they stand. */
  void endReaders();
}
