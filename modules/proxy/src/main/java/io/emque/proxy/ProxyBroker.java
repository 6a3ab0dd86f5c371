package io.emque.proxy;

import io.emque.api.Broker;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.TopicInfo;
import io.emque.api.Topics;
import io.emque.engine.Appender;
import io.emque.engine.BrokerStats;
import io.emque.engine.EngineOptions;
import io.emque.engine.LogBroker;
import io.emque.engine.MemoryBroker;
import io.emque.engine.Reader;
import io.emque.engine.Subscriptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A broker that keeps its topics on other servers.
 *
 * <p>Publishes go upstream. All who subscribe to a topic from its latest message, or from one that
 * is still held here, share one subscription upstream and one log here; it ends a moment after the
 * last of them has left. Whoever starts further back, or asked to be waited for, gets a
 * subscription of its own, which goes upstream no faster than it is read.
 *
 * <p><b>Threads:</b> every method may be called from any thread.
 */
public final class ProxyBroker implements LogBroker {
  /** How long the subscription to a topic that nobody reads any more is kept. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private final Broker upstream;
  private final MemoryBroker home;
  private final ConcurrentHashMap<String, Shared> shared = new ConcurrentHashMap<>();
  private final Set<Relay> own = ConcurrentHashMap.newKeySet();
  private final LongAdder published = new LongAdder();
  private final LongAdder publishedBytes = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private volatile boolean draining;

  /**
   * @param upstream reaches the other servers; closed with this
   * @param options limits of what is held here
   */
  public ProxyBroker(Broker upstream, EngineOptions options) {
    this.upstream = upstream;
    this.home = new MemoryBroker(options);
  }

  @Override
  public EngineOptions options() {
    return home.options();
  }

  // ---- publishing

  @Override
  public Appender appender(String topic) {
    return new ProxyAppender(this, upstream, Topics.requireValid(topic));
  }

  @Override
  public Published publish(String topic, Publication publication) {
    return appender(topic).append(publication);
  }

  @Override
  public CompletableFuture<Published> publishAsync(String topic, Publication publication) {
    return appender(topic).appendAsync(publication);
  }

  void admit(int bytes) {
    if (draining) {
      throw new BrokerException(
          ErrorCode.DRAINING,
          "the broker is stopping; connect again in a moment, or to another one");
    }
    home.requireSize(bytes);
  }

  void published(boolean taken, int bytes) {
    if (taken) {
      published.increment();
      publishedBytes.add(bytes);
    } else {
      refused.increment();
    }
  }

  // ---- subscribing

  @Override
  public Reader open(String topic, SubscribeOptions subscribe, String protocol) {
    String name = Topics.requireValid(topic);
    admit(0);
    if (subscribe.slow() != SlowPolicy.BLOCK) {
      StartPosition from = subscribe.from();
      if (from instanceof StartPosition.Latest) {
        return join(name, subscribe.slow(), protocol);
      }
      Reader held =
          from instanceof StartPosition.At at
              ? joinAt(name, at.cursor(), subscribe.slow(), protocol)
              : null;
      if (held != null) {
        return held;
      }
    }
    return openOwn(name, subscribe, protocol);
  }

  private Reader join(String topic, SlowPolicy slow, String protocol) {
    while (true) {
      Reader reader = shared.computeIfAbsent(topic, Shared::new).open(slow, protocol);
      if (reader != null) {
        return reader;
      }
    }
  }

  private @Nullable Reader joinAt(String topic, Cursor cursor, SlowPolicy slow, String protocol) {
    Shared known = shared.get(topic);
    return known == null ? null : known.openAt(cursor, slow, protocol);
  }

  private Reader openOwn(String topic, SubscribeOptions subscribe, String protocol) {
    Subscription subscription = upstream.subscribe(topic, subscribe);
    var self = new Relay[1];
    var relay =
        new Relay(
            home,
            subscription,
            () -> Thread.ofVirtual().name("emque-relay-end").start(() -> endOwn(self[0])),
            () -> {});
    self[0] = relay;
    own.add(relay);
    // What is bounded here must not cost the reader anything: the feed waits for it instead.
    Reader reader = relay.log().open(SlowPolicy.BLOCK, protocol);
    relay.start();
    if (draining) {
      reader.close();
      admit(0);
    }
    return reader;
  }

  private void endOwn(Relay relay) {
    own.remove(relay);
    relay.close();
  }

  @Override
  public Subscription subscribe(String topic, SubscribeOptions subscribe) {
    return Subscriptions.of(open(topic, subscribe, "embedded"));
  }

  @Override
  public Subscription subscribe(
      String topic, SubscribeOptions subscribe, Consumer<Delivery> handler) {
    return Subscriptions.of(open(topic, subscribe, "embedded"), handler);
  }

  // ---- topics

  @Override
  public List<TopicInfo> topics(@Nullable String after, int limit) {
    return upstream.topics(after, limit);
  }

  @Override
  public Optional<TopicInfo> topic(String name) {
    return upstream.topic(name);
  }

  /** Topics are those relayed now; published and refused count messages that came here. */
  @Override
  public BrokerStats stats() {
    return home.stats()
        .counted(shared.size(), published.sum(), publishedBytes.sum(), refused.sum());
  }

  @Override
  public boolean delete(String topic) {
    return upstream.delete(topic);
  }

  @Override
  public Optional<String> trouble() {
    return home.trouble();
  }

  @Override
  public boolean comesThrough(Duration limit) throws InterruptedException {
    return home.comesThrough(limit);
  }

  // ---- ending

  @Override
  public void drain() {
    draining = true;
    home.drain();
  }

  @Override
  public void endReaders() {
    home.endReaders();
  }

  @Override
  public void close() {
    drain();
    shared.values().forEach(Shared::close);
    own.forEach(this::endOwn);
    upstream.close();
    home.close();
  }

  /** A topic's relay that everybody shares. */
  private final class Shared {
    private final String topic;
    private final ReentrantLock lock = new ReentrantLock();

    // Under the lock.
    private @Nullable Relay relay;
    private boolean ended;

    Shared(String topic) {
      this.topic = topic;
    }

    /** Returns null when it has ended: look again. Whoever comes first subscribes upstream. */
    @Nullable Reader open(SlowPolicy slow, String protocol) {
      lock.lock();
      try {
        if (ended) {
          return null;
        }
        Relay open = relay;
        if (open == null) {
          open = begin();
        }
        return open.log().open(slow, protocol);
      } finally {
        lock.unlock();
      }
    }

    @Nullable Reader openAt(Cursor cursor, SlowPolicy slow, String protocol) {
      lock.lock();
      try {
        Relay open = relay;
        if (ended || open == null) {
          return null;
        }
        return open.log().openAt(cursor, slow, protocol);
      } finally {
        lock.unlock();
      }
    }

    private Relay begin() {
      try {
        Subscription subscription = upstream.subscribe(topic, SubscribeOptions.DEFAULT);
        relay = new Relay(home, subscription, this::unread, this::close);
        relay.start();
        return relay;
      } catch (BrokerException e) {
        ended = true;
        shared.remove(topic, this);
        throw e;
      }
    }

    /** Nobody reads it now: if that is still so in a moment, it ends. */
    private void unread() {
      Thread.ofVirtual().name("emque-relay-linger").start(this::endUnlessRead);
    }

    private void endUnlessRead() {
      try {
        Thread.sleep(LINGER);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      lock.lock();
      try {
        if (relay == null || relay.log().isRead()) {
          return; // somebody came
        }
        ended = true; // under the lock that readers are opened under
      } finally {
        lock.unlock();
      }
      close();
    }

    void close() {
      Relay open;
      lock.lock();
      try {
        ended = true;
        open = relay;
      } finally {
        lock.unlock();
      }
      shared.remove(topic, this);
      if (open != null) {
        open.close();
      }
    }
  }
}
