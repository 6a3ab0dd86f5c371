package io.emque.engine;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.Ack;
import io.emque.api.Broker;
import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.TopicInfo;
import io.emque.api.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The broker: topics in memory, which go on on disk where it is given a {@link Persistence}.
 * Programs use it through {@link Broker}; transports through {@link #appender} and {@link #open},
 * which work on bytes and make no object per message.
 *
 * <p><b>Threads:</b> every method may be called from any thread.
 */
public final class MemoryBroker implements LogBroker {
  private static final System.Logger LOG = System.getLogger(MemoryBroker.class.getName());
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final EngineOptions options;
  private final InstantSource clock;
  private final LongSupplier steady;
  private final Memory memory;
  private final Counters counters = new Counters();
  private final Epochs epochs = new Epochs();
  private final Alarms alarms = new Alarms();
  private final ConcurrentHashMap<String, Topic> topics = new ConcurrentHashMap<>();
  private final NameLocks names = new NameLocks();
  private final Set<Topic> relays = ConcurrentHashMap.newKeySet();
  private final @Nullable Disk disk; // null without persistence
  private final MemoryGuard guard;
  private final Canary canary;
  private final long retainAgeNanos;
  private final AgeClock ages;
  private final Thread sweeper;
  private volatile int maxTopics;
  private volatile boolean draining;
  private volatile boolean ending;
  private volatile boolean closed;

  /** A broker with the default limits. */
  public MemoryBroker() {
    this(EngineOptions.DEFAULT);
  }

  /** A broker with these limits. */
  public MemoryBroker(EngineOptions options) {
    this(options, InstantSource.system());
  }

  /** A broker with these limits and a clock for messages and their age. */
  public MemoryBroker(EngineOptions options, InstantSource clock) {
    this(options, clock, null);
  }

  /**
   * A broker with these limits.
   *
   * @param clock for messages and their age
   * @param persistence where topics go on when memory ends; null for a broker that forgets them
   */
  public MemoryBroker(
      EngineOptions options, InstantSource clock, @Nullable Persistence persistence) {
    this.steady = steady(clock);
    this.disk =
        persistence == null
            ? null
            : new Disk(
                persistence,
                epochs,
                names,
                ageClock(clock, steady, nanosOrMax(persistence.retainAge()))::nowNanos);
    this.options = options;
    this.maxTopics = options.maxTopics();
    this.clock = clock;
    this.memory = new Memory(options.memoryBytes());
    this.guard = new MemoryGuard(memory, counters, this::allTopics);
    this.canary = new Canary(this);
    this.retainAgeNanos =
        options.retainAge().isZero() ? Long.MAX_VALUE : nanosOrMax(options.retainAge());
    this.ages = ageClock(clock, steady, retainAgeNanos);
    this.sweeper = Thread.ofVirtual().name("emque-sweeper").start(this::sweepUntilClosed);
  }

  @Override
  public EngineOptions options() {
    return options;
  }

  // ---- for programs

  @Override
  public Published publish(String topic, Publication publication) {
    return appender(topic).append(publication);
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

  @Override
  public List<TopicInfo> topics(@Nullable String after, int limit) {
    if (limit <= 0) {
      throw new IllegalArgumentException("limit must be positive, got " + limit);
    }
    var smallest = new PriorityQueue<String>(Comparator.reverseOrder());
    for (String name : allNames()) {
      if (after == null || name.compareTo(after) > 0) {
        smallest.add(name);
        if (smallest.size() > limit) {
          smallest.remove();
        }
      }
    }
    var infos = new ArrayList<TopicInfo>(smallest.size());
    smallest.stream().sorted().forEach(name -> topic(name).ifPresent(infos::add));
    return infos;
  }

  @Override
  public Optional<TopicInfo> topic(String name) {
    Topic topic = topics.get(Topics.requireValid(name));
    if (topic != null) {
      return Optional.of(topic.info());
    }
    return disk == null ? Optional.empty() : names.locked(name, () -> disk.info(name));
  }

  private Set<String> allNames() {
    if (disk == null) {
      return topics.keySet();
    }
    var names = new HashSet<>(disk.names());
    names.addAll(topics.keySet());
    return names;
  }

  @Override
  public boolean delete(String name) {
    return names.locked(Topics.requireValid(name), () -> deleteLocked(name));
  }

  private boolean deleteLocked(String name) {
    Topic topic = topics.get(name);
    if (topic != null) {
      topic.markDeleted();
      forget(topic);
    }
    try {
      boolean stored = disk != null && disk.delete(name); // before a new one can be made
      return topic != null || stored;
    } finally {
      if (topic != null) {
        topic.endDeleted();
      }
    }
  }

  @Override
  public void drain() {
    draining = true;
    allTopics().forEach(Topic::wakeAll);
  }

  @Override
  public void endReaders() {
    ending = true;
  }

  @Override
  public void close() {
    drain();
    closed = true;
    LockSupport.unpark(sweeper);
    alarms.close();
    if (disk != null) {
      disk.close();
    }
  }

  // ---- for transports

  @Override
  public Appender appender(String topic) {
    return new LogAppender(this, Topics.requireValid(topic));
  }

  @Override
  public Reader open(String topic, SubscribeOptions subscribe, String protocol) {
    String name = Topics.requireValid(topic);
    if (draining) {
      throw Topic.drainingRefusal();
    }
    while (true) {
      Reader reader = topicFor(name).open(subscribe, protocol);
      if (reader != null) {
        return reader;
      }
    }
  }

  @Override
  public BrokerStats stats() {
    return new BrokerStats(
        topics.size(),
        readers(),
        counters.published.sum(),
        counters.publishedBytes.sum(),
        counters.duplicates.sum(),
        counters.refused.sum(),
        counters.delivered.sum(),
        counters.deliveredBytes.sum(),
        counters.missed(),
        counters.slowEpisodes.sum(),
        counters.evicted.sum(),
        counters.latency.snapshot(),
        new BrokerStats.MemoryUse(memory.used(), memory.pinned(), memory.limit()),
        disk == null ? null : disk.stats());
  }

  private BrokerStats.Readers readers() {
    var count = new ReaderCount();
    if (counters.subscribers.get() > 0) {
      allTopics().forEach(topic -> topic.count(count));
    }
    return count.done();
  }

  /**
   * Refuses a payload over the limit.
   *
   * @throws BrokerException {@link ErrorCode#MESSAGE_TOO_LARGE}
   */
  public void requireSize(int bytes) {
    if (bytes > options.maxMessageBytes()) {
      throw new BrokerException(
          ErrorCode.MESSAGE_TOO_LARGE,
          "message of "
              + bytes
              + " bytes is over the limit of "
              + options.maxMessageBytes()
              + "; send less, or raise --max_message_bytes");
    }
  }

  // ---- topics

  /** The topic, made when it is not there. One that was just removed is replaced. */
  Topic topicFor(String name) {
    Topic topic = topics.get(name);
    if (topic != null) {
      return topic;
    }
    if (topics.size() >= maxTopics) {
      counters.refused.increment();
      throw new BrokerException(
          ErrorCode.TOO_MANY_TOPICS,
          "there are "
              + topics.size()
              + " topics, as many as may be; wait for idle ones to go, or raise --max_topics");
    }
    return names.locked(name, () -> topicLocked(name));
  }

  private Topic topicLocked(String name) {
    Topic topic = topics.get(name);
    if (topic == null) {
      topic = new Topic(name, epochs.next(), this, disk == null ? null : disk.tail(name));
      topics.put(name, topic);
    }
    return topic;
  }

  @Override
  public void maxTopics(int limit) {
    maxTopics = limit;
  }

  private Iterable<Topic> allTopics() {
    return relays.isEmpty()
        ? topics.values()
        : () -> Stream.concat(topics.values().stream(), relays.stream()).iterator();
  }

  /** A topic that is fed from elsewhere. */
  Topic relay(String name, Runnable onUnread) {
    var topic = new Topic(name, epochs.next(), this, counters, onUnread);
    relays.add(topic);
    return topic;
  }

  void forgetRelay(Topic topic) {
    relays.remove(topic);
  }

  /** Makes room for a relayed message, if need be at the cost of the oldest ones. */
  void makeRoom(long bytes) {
    if (!memory.fits(bytes)) {
      guard.admit(bytes, counters);
    }
  }

  void forget(Topic topic) {
    String name = topic.name();
    names.locked(
        name,
        () -> {
          boolean last = topics.remove(name, topic);
          if (last && disk != null) {
            disk.forgetUnused(name);
          }
          return last;
        });
  }

  private void sweepUntilClosed() {
    long interval = Math.clamp(retainAgeNanos / 4, 10_000_000L, NANOS_PER_SECOND);
    while (!closed) {
      LockSupport.parkNanos(this, interval);
      try {
        sweep();
      } catch (RuntimeException e) {
        LOG.log(WARNING, "removing old messages failed; it goes on", e);
      }
    }
  }

  /** Drops what is too old, and topics of no use any more. */
  void sweep() {
    long now = ageNowNanos();
    for (Topic topic : allTopics()) {
      if (topic.expire(now)) {
        forget(topic);
      }
    }
  }

  /**
   * Makes room for a message before it is appended; called without a lock.
   *
   * @throws BrokerException {@link ErrorCode#DRAINING}, or {@link ErrorCode#OVERLOADED} when there
   *     is no room to be had
   */
  void admit(long bytes) {
    admit(bytes, counters);
  }

  void admit(long bytes, Counters counted) {
    if (draining) {
      throw Topic.drainingRefusal();
    }
    if (!memory.fits(bytes)) {
      guard.admit(bytes, counted);
    }
  }

  /** What an answer means: that of a broker without persistence is another. */
  Ack ack() {
    return disk == null ? Ack.MEMORY : disk.sync().ack();
  }

  @Override
  public Optional<String> trouble() {
    String disked = disk == null ? null : disk.trouble();
    if (disked != null) {
      return Optional.of("store: " + disked);
    }
    return guard.isFull()
        ? Optional.of("memory: it is full of messages that may not be dropped")
        : Optional.empty();
  }

  @Override
  public boolean comesThrough(Duration limit) throws InterruptedException {
    return canary.comesThrough(limit) && !hangs(limit.toNanos());
  }

  /** The message that was sent through is not stored: nor are publishes while the disk hangs. */
  private boolean hangs(long limitNanos) {
    for (Topic topic : topics.values()) {
      StoredTail tail = topic.tail();
      if (tail != null && tail.hangs(limitNanos)) {
        return true;
      }
    }
    return false;
  }

  Memory memory() {
    return memory;
  }

  Counters counters() {
    return counters;
  }

  Alarms alarms() {
    return alarms;
  }

  boolean draining() {
    return draining;
  }

  /** Whether readers end where they stand. */
  boolean ending() {
    return ending;
  }

  /** {@link Long#MAX_VALUE} for no limit. */
  long retainAgeNanos() {
    return retainAgeNanos;
  }

  /** For the times of messages. */
  long nowNanos() {
    return epochNanos(clock.instant());
  }

  /** For how old messages are. */
  long ageNowNanos() {
    return ages.nowNanos();
  }

  /** For how long something took: no time of day. */
  long steadyNanos() {
    return steady.getAsLong();
  }

  private static AgeClock ageClock(InstantSource clock, LongSupplier steady, long ageNanos) {
    return new AgeClock(() -> epochNanos(clock.instant()), steady, ageNanos);
  }

  /** A clock of a test's own does not jump unless time passes. */
  private static LongSupplier steady(InstantSource clock) {
    return clock.equals(InstantSource.system())
        ? System::nanoTime
        : () -> epochNanos(clock.instant());
  }

  /** Nanoseconds since 1970 UTC; times out of range become the nearest in it. */
  static long epochNanos(Instant time) {
    long seconds =
        Math.clamp(
            time.getEpochSecond(),
            Long.MIN_VALUE / NANOS_PER_SECOND + 1,
            Long.MAX_VALUE / NANOS_PER_SECOND - 1);
    return seconds * NANOS_PER_SECOND + time.getNano();
  }

  private static long nanosOrMax(Duration duration) {
    return duration.toSeconds() >= Long.MAX_VALUE / NANOS_PER_SECOND
        ? Long.MAX_VALUE
        : duration.toNanos();
  }
}
