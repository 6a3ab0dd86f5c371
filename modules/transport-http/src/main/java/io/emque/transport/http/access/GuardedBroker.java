package io.emque.transport.http.access;

import io.emque.api.Delivery;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.TopicInfo;
import io.emque.api.Topics;
import io.emque.api.spi.Action;
import io.emque.api.spi.Identity;
import io.emque.engine.Appender;
import io.emque.engine.BrokerStats;
import io.emque.engine.EngineOptions;
import io.emque.engine.LogBroker;
import io.emque.engine.Reader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A broker that does for a caller what that one may do, and refuses the rest. */
final class GuardedBroker implements LogBroker {
  private final LogBroker broker;
  private final Caller caller;

  GuardedBroker(LogBroker broker, Caller caller) {
    this.broker = broker;
    this.caller = caller;
  }

  private void require(Action action, String topic) {
    caller.require(action, Topics.requireValid(topic));
  }

  @Override
  public EngineOptions options() {
    return broker.options();
  }

  @Override
  public Appender appender(String topic) {
    require(Action.PUBLISH, topic);
    return new GuardedAppender(broker.appender(topic), caller);
  }

  @Override
  public Published publish(String topic, Publication publication) {
    require(Action.PUBLISH, topic);
    return broker.publish(topic, publication);
  }

  @Override
  public Reader open(String topic, SubscribeOptions subscribe, String protocol) {
    require(Action.SUBSCRIBE, topic);
    return broker.open(topic, subscribe, protocol);
  }

  @Override
  public Subscription subscribe(String topic, SubscribeOptions options) {
    require(Action.SUBSCRIBE, topic);
    return broker.subscribe(topic, options);
  }

  @Override
  public Subscription subscribe(
      String topic, SubscribeOptions options, Consumer<Delivery> handler) {
    require(Action.SUBSCRIBE, topic);
    return broker.subscribe(topic, options, handler);
  }

  /** Those that the caller may see. */
  @Override
  public List<TopicInfo> topics(@Nullable String after, int limit) {
    Identity identity = caller.identity();
    var seen = new ArrayList<TopicInfo>();
    String last = after;
    while (seen.size() < limit) {
      List<TopicInfo> some = broker.topics(last, limit);
      for (TopicInfo topic : some) {
        if (seen.size() < limit && sees(identity, topic.name())) {
          seen.add(topic);
        }
      }
      if (some.size() < limit) {
        break;
      }
      last = some.getLast().name();
    }
    return seen;
  }

  private static boolean sees(Identity identity, String topic) {
    return identity.may(Action.SUBSCRIBE, topic) || identity.may(Action.ADMIN, topic);
  }

  @Override
  public Optional<TopicInfo> topic(String name) {
    if (!sees(caller.identity(), Topics.requireValid(name))) {
      caller.require(Action.SUBSCRIBE, name);
    }
    return broker.topic(name);
  }

  @Override
  public boolean delete(String name) {
    require(Action.ADMIN, name);
    return broker.delete(name);
  }

  // ---- what belongs to the server itself

  @Override
  public boolean comesThrough(Duration limit) {
    throw notForCallers();
  }

  @Override
  public Optional<String> trouble() {
    throw notForCallers();
  }

  @Override
  public BrokerStats stats() {
    throw notForCallers();
  }

  @Override
  public void drain() {
    throw notForCallers();
  }

  @Override
  public void endReaders() {
    throw notForCallers();
  }

  @Override
  public void close() {
    throw notForCallers();
  }

  private static UnsupportedOperationException notForCallers() {
    return new UnsupportedOperationException("a caller's broker is the server's to run");
  }
}
