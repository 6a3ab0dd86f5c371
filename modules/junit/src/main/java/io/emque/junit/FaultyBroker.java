package io.emque.junit;

import io.emque.api.Broker;
import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.TopicInfo;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A broker that does to messages what {@link Faults} say. What is delivered comes from a log. */
final class FaultyBroker implements Broker {
  private final Broker log;
  private volatile @Nullable Faults faults;

  FaultyBroker(Broker log) {
    this.log = log;
  }

  /** Before its server is used. */
  void obey(Faults newFaults) {
    faults = newFaults;
  }

  @Override
  public Published publish(String topic, Publication publication) {
    Published published = log.publish(topic, publication);
    Faults given = faults;
    Cursor cursor = published.cursor();
    if (given != null && cursor != null) {
      Faults.Effect effect = given.at(topic, cursor.offset());
      if (effect != null && effect.losesAnswerNow()) {
        given.cut();
      }
    }
    return published;
  }

  @Override
  public Subscription subscribe(String topic, SubscribeOptions options) {
    Subscription subscription = log.subscribe(topic, options);
    Faults given = faults;
    return given == null ? subscription : new FaultySubscription(subscription, given);
  }

  /** For programs; servers pull. */
  @Override
  public Subscription subscribe(
      String topic, SubscribeOptions options, Consumer<Delivery> handler) {
    throw new UnsupportedOperationException("servers pull");
  }

  @Override
  public List<TopicInfo> topics(@Nullable String after, int limit) {
    return log.topics(after, limit);
  }

  @Override
  public Optional<TopicInfo> topic(String name) {
    return log.topic(name);
  }

  @Override
  public boolean delete(String name) {
    return log.delete(name);
  }

  @Override
  public void close() {
    log.close();
  }
}
