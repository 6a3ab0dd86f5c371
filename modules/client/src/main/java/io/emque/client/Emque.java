package io.emque.client;

import io.emque.api.Ack;
import io.emque.api.Broker;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.TopicInfo;
import io.emque.api.Topics;
import io.emque.api.spi.Selector;
import io.emque.api.spi.ServerAddress;
import io.emque.client.link.Link;
import io.emque.client.link.LinkException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A client of one or more Emque servers.
 *
 * <pre>{@code
 * try (Emque emque = Emque.connect("localhost:8081")) {
 *   emque.subscribe("orders", SubscribeOptions.DEFAULT, delivery -> System.out.println(delivery));
 *   emque.publish("orders", "one coffee");
 * }
 * }</pre>
 *
 * <p>Each message is stamped with an id, so that a retry is taken once. A lost connection is made
 * again; a subscription goes on where it stood, and where that is not possible it says so with a
 * {@link io.emque.api.Gap}.
 *
 * <p><b>Threads:</b> every method may be called from any thread.
 *
 * <p><b>Errors:</b> {@link BrokerException}s: those of the server, and {@link
 * ErrorCode#UPSTREAM_FAILED} when no server could be reached.
 */
public final class Emque implements Broker {
  /** After a server answered, how long the others are waited for before a subscription begins. */
  private static final Duration OTHERS = Duration.ofSeconds(1);

  /** Most topics that a server lists at a time. */
  private static final int PAGE = 1_000;

  private static final Cursor UNKNOWN = new Cursor("unknown", 0);

  private final Servers servers;
  private final Selector selector;
  private final ClientOptions options;
  private final Function<ServerAddress, Link> newLink;
  private final Stamps stamps = new Stamps();
  private final Map<ServerAddress, Link> links = new ConcurrentHashMap<>();
  private final Map<ServerAddress, PublishQueue> queues = new ConcurrentHashMap<>();
  private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Emque(
      Servers servers,
      Selector selector,
      ClientOptions options,
      Function<ServerAddress, Link> newLink) {
    this.servers = servers;
    this.selector = selector;
    this.options = options;
    this.newLink = newLink;
    servers.onChange(this::serversChanged);
  }

  /**
   * A client with the defaults of {@link #builder}. Does not wait for a connection.
   *
   * @param servers {@code HOST:PORT}, {@code https://HOST:PORT} or {@code http://HOST:PORT}; none
   *     for {@code localhost:8081}
   */
  public static Emque connect(String... servers) {
    return builder().servers(servers).connect();
  }

  /** Describes a client. */
  public static EmqueBuilder builder() {
    return new EmqueBuilder();
  }

  // ---- publishing

  @Override
  public Published publish(String topic, Publication publication) {
    try {
      return publishAsync(topic, publication).get();
    } catch (ExecutionException e) {
      throw refusal(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException(
          ErrorCode.INTERNAL, "interrupted before the answer came; the message may be published");
    }
  }

  @Override
  public CompletableFuture<Published> publishAsync(String topic, Publication publication) {
    try {
      Topics.requireValid(topic);
      requireOpen();
      List<ServerAddress> selected = select(topic);
      boolean many = selected.size() > 1;
      return stamps.stamp(
          topic,
          publication,
          stamped -> {
            if (!many) {
              return one(topic, stamped, selected.getFirst());
            }
            var answers = new ArrayList<CompletableFuture<Published>>(selected.size());
            for (ServerAddress server : selected) {
              answers.add(queue(server).publish(topic, stamped, true));
            }
            return all(topic, selected, answers);
          });
    } catch (BrokerException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<Published> one(
      String topic, Publication publication, ServerAddress server) {
    return queue(server)
        .publish(topic, publication, false)
        .exceptionallyCompose(
            e -> {
              stamps.failed(topic);
              BrokerException refusal = refusal(e);
              return CompletableFuture.failedFuture(
                  refusal.code() == ErrorCode.UPSTREAM_FAILED
                      ? unreachable("published", Map.of(server, refusal))
                      : refusal);
            });
  }

  private CompletableFuture<Published> all(
      String topic, List<ServerAddress> asked, List<CompletableFuture<Published>> answers) {
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .handle(
            (none, some) -> {
              int took = 0;
              Ack ack = Ack.FSYNC;
              boolean duplicate = true;
              var refusals = new LinkedHashMap<ServerAddress, BrokerException>();
              for (int i = 0; i < answers.size(); i++) {
                try {
                  Published published = answers.get(i).join();
                  took++;
                  ack = ack.compareTo(published.ack()) < 0 ? ack : published.ack();
                  duplicate &= published.duplicate();
                } catch (RuntimeException e) {
                  refusals.put(asked.get(i), refusal(e.getCause()));
                }
              }
              if (took >= options.acks()) {
                return new Published(
                    null, ack, duplicate, new Published.Servers(took, asked.size()));
              }
              stamps.failed(topic);
              throw tooFew(took, asked.size(), refusals);
            });
  }

  private BrokerException tooFew(
      int took, int asked, Map<ServerAddress, BrokerException> refusals) {
    BrokerException first = refusals.values().iterator().next();
    if (took == 0
        && first.code() != ErrorCode.UPSTREAM_FAILED
        && refusals.values().stream().allMatch(refusal -> refusal.code() == first.code())) {
      return first; // they agree: it is the message, not the servers
    }
    if (took == 0) {
      return unreachable("published", refusals);
    }
    return new BrokerException(
        ErrorCode.UPSTREAM_FAILED,
        took
            + " of "
            + asked
            + " servers took the message, "
            + options.acks()
            + " were asked for: "
            + list(refusals)
            + "; start them, or lower --acks");
  }

  private static BrokerException unreachable(
      String what, Map<ServerAddress, BrokerException> refusals) {
    return new BrokerException(
        ErrorCode.UPSTREAM_FAILED,
        "not "
            + what
            + ": "
            + list(refusals)
            + (refusals.size() == 1 ? "; is it running?" : "; are they running?"));
  }

  private static String list(Map<ServerAddress, BrokerException> refusals) {
    var each = new ArrayList<String>();
    refusals.forEach((server, refusal) -> each.add(server + ": " + refusal.getMessage()));
    return String.join("; ", each);
  }

  private static BrokerException refusal(@Nullable Throwable cause) {
    Throwable e = cause;
    while (e != null) {
      if (e instanceof BrokerException refusal) {
        return refusal;
      }
      e = e.getCause();
    }
    return new BrokerException(ErrorCode.INTERNAL, "publishing failed: " + cause);
  }

  /**
   * A publisher that does not wait for each answer. Close it to be sure of all.
   *
   * @param topic the topic of all its messages
   */
  public BatchPublisher publisher(String topic) {
    return new BatchPublisher(this, Topics.requireValid(topic));
  }

  // ---- subscribing

  @Override
  public Subscription subscribe(String topic, SubscribeOptions subscribe) {
    Topics.requireValid(topic);
    requireOpen();
    List<ServerAddress> selected = select(topic);
    return selected.size() == 1
        ? subscribeToOne(topic, subscribe, selected.getFirst())
        : subscribeToAll(topic, subscribe, selected);
  }

  private Subscription subscribeToOne(
      String topic, SubscribeOptions subscribe, ServerAddress server) {
    var self = new Subscription[1];
    var subscription = new ServerSubscription(topic, UNKNOWN, () -> forget(self[0]));
    self[0] = subscription;
    var loop =
        new FeedLoop(
            () -> link(select(topic).getFirst()),
            topic,
            subscribe,
            subscribe.from(),
            options,
            subscription);
    CompletableFuture<Void> first = subscription.start(loop);
    keep(subscription);
    try {
      first.get(options.timeout().toNanos(), TimeUnit.NANOSECONDS);
      return subscription;
    } catch (ExecutionException e) {
      subscription.close();
      throw notSubscribed(Map.of(server, e.getCause()));
    } catch (TimeoutException e) {
      subscription.close();
      throw notSubscribed(Map.of(server, new LinkException(tooLate())));
    } catch (InterruptedException e) {
      subscription.close();
      Thread.currentThread().interrupt();
      throw new BrokerException(ErrorCode.INTERNAL, "interrupted while subscribing");
    }
  }

  private Subscription subscribeToAll(
      String topic, SubscribeOptions subscribe, List<ServerAddress> selected) {
    var self = new Subscription[1];
    var subscription =
        new MergedSubscription(topic, subscribe, this::link, options, () -> forget(self[0]));
    self[0] = subscription;
    Map<ServerAddress, CompletableFuture<Void>> firsts = subscription.start(selected);
    keep(subscription);
    try {
      awaitSome(firsts);
    } catch (InterruptedException e) {
      subscription.close();
      Thread.currentThread().interrupt();
      throw new BrokerException(ErrorCode.INTERNAL, "interrupted while subscribing");
    }
    var faults = new LinkedHashMap<ServerAddress, Throwable>();
    for (var first : firsts.entrySet()) {
      CompletableFuture<Void> answer = first.getValue();
      if (answer.isDone() && !answer.isCompletedExceptionally()) {
        return subscription;
      }
      faults.put(
          first.getKey(), answer.isDone() ? answer.exceptionNow() : new LinkException(tooLate()));
    }
    subscription.close();
    throw notSubscribed(faults);
  }

  /** Waits for all; once one serves, for the others only a moment. */
  @SuppressWarnings("FutureReturnValueIgnored") // the futures waited for are told of everything
  private void awaitSome(Map<ServerAddress, CompletableFuture<Void>> firsts)
      throws InterruptedException {
    var any = new CompletableFuture<Void>();
    firsts.values().forEach(first -> first.thenRun(() -> any.complete(null)));
    var all = CompletableFuture.allOf(firsts.values().toArray(CompletableFuture[]::new));
    all.whenComplete((none, e) -> any.complete(null));
    try {
      any.get(options.timeout().toNanos(), TimeUnit.NANOSECONDS);
      all.get(OTHERS.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // The caller looks at each.
    }
  }

  private String tooLate() {
    return "no answer within " + options.timeout().toMillis() + " ms";
  }

  private static BrokerException notSubscribed(Map<ServerAddress, Throwable> faults) {
    var refusals = new LinkedHashMap<ServerAddress, BrokerException>();
    faults.forEach(
        (server, fault) ->
            refusals.put(
                server,
                fault instanceof BrokerException refusal
                    ? refusal
                    : new BrokerException(
                        ErrorCode.UPSTREAM_FAILED, String.valueOf(fault.getMessage()))));
    BrokerException first = refusals.values().iterator().next();
    return refusals.values().stream().allMatch(r -> r.code() == first.code())
            && first.code() != ErrorCode.UPSTREAM_FAILED
        ? first
        : unreachable("subscribed", refusals);
  }

  @Override
  public Subscription subscribe(
      String topic, SubscribeOptions subscribe, Consumer<Delivery> handler) {
    Subscription subscription = subscribe(topic, subscribe);
    HandlerThread.start(subscription, handler);
    return subscription;
  }

  /**
   * A publisher of the topic's deliveries for reactive code: each subscriber has a subscription of
   * its own, which waits for demand. It ends with {@code onComplete} when the client is closed.
   */
  public Flow.Publisher<Delivery> flow(String topic, SubscribeOptions subscribe) {
    return new DeliveryFlow(this, Topics.requireValid(topic), subscribe);
  }

  private void keep(Subscription subscription) {
    subscriptions.add(subscription);
    if (closed) {
      subscription.close();
    }
  }

  private void forget(Subscription subscription) {
    subscriptions.remove(subscription);
  }

  // ---- topics

  @Override
  public List<TopicInfo> topics(@Nullable String after, int limit) {
    if (limit <= 0) {
      throw new IllegalArgumentException("limit must be positive, got " + limit);
    }
    return ask(null, after, limit);
  }

  @Override
  public Optional<TopicInfo> topic(String name) {
    return ask(Topics.requireValid(name), null, 1).stream().findFirst();
  }

  @Override
  public boolean delete(String name) {
    requireOpen();
    boolean there = false;
    var faults = new LinkedHashMap<ServerAddress, Throwable>();
    for (ServerAddress server : select(Topics.requireValid(name))) {
      try {
        there |= link(server).delete(name);
      } catch (LinkException | BrokerException e) {
        faults.put(server, e);
      }
    }
    if (!faults.isEmpty()) {
      throw failed("not deleted", faults);
    }
    return there;
  }

  /** Asks every server; a topic that several hold is shown as the first one of them has it. */
  private List<TopicInfo> ask(@Nullable String only, @Nullable String after, int limit) {
    requireOpen();
    var found = new TreeMap<String, TopicInfo>();
    var faults = new LinkedHashMap<ServerAddress, Throwable>();
    boolean answered = false;
    for (ServerAddress server : servers.current()) {
      try {
        list(link(server), only, after, limit).forEach(t -> found.putIfAbsent(t.name(), t));
        answered = true;
      } catch (LinkException | BrokerException e) {
        faults.put(server, e);
      }
    }
    if (!answered) {
      throw failed("no list", faults);
    }
    return found.values().stream().limit(limit).toList();
  }

  /** Page by page: a server gives so many at a time. */
  private static List<TopicInfo> list(
      Link link, @Nullable String only, @Nullable String after, int limit) throws LinkException {
    var all = new ArrayList<TopicInfo>();
    String last = after;
    while (true) {
      int page = Math.min(PAGE, limit - all.size());
      List<TopicInfo> some = link.topics(only, last, page);
      all.addAll(some);
      if (only != null || some.size() < page || all.size() >= limit) {
        return all;
      }
      last = some.getLast().name();
    }
  }

  private static BrokerException failed(String what, Map<ServerAddress, Throwable> faults) {
    BrokerException e = notSubscribed(faults);
    return new BrokerException(e.code(), e.getMessage().replaceFirst("^not subscribed", what));
  }

  // ---- servers

  /**
   * What is known of the servers found so far; looks up none and asks none.
   *
   * @return in the order of their names; empty before the first publish or subscription
   */
  public List<ServerStatus> statuses() {
    return options.watch().of(servers.known());
  }

  /**
   * Asks every server for a sign of life, all at once.
   *
   * @param limit how long to wait
   * @return why those that gave none did not, one line each; empty when all did
   * @throws BrokerException {@link ErrorCode#UPSTREAM_FAILED} when no server is known
   */
  public Map<ServerAddress, String> unreachable(Duration limit) throws InterruptedException {
    requireOpen();
    long ends = System.nanoTime() + limit.toNanos();
    var answers = new LinkedHashMap<ServerAddress, CompletableFuture<Void>>();
    for (ServerAddress server : servers.current()) {
      var answer = new CompletableFuture<Void>();
      answers.put(server, answer);
      Thread.ofVirtual().name("emque-sign-of-life").start(() -> ask(server, answer));
    }
    var faults = new LinkedHashMap<ServerAddress, String>();
    for (var each : answers.entrySet()) {
      try {
        each.getValue().get(Math.max(0, ends - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        faults.put(each.getKey(), "no answer within " + limit.toMillis() + " ms");
      } catch (ExecutionException e) {
        faults.put(each.getKey(), String.valueOf(each.getValue().exceptionNow().getMessage()));
      }
    }
    return faults;
  }

  private void ask(ServerAddress server, CompletableFuture<Void> answer) {
    try {
      link(server).topics(null, null, 1);
      answer.complete(null);
    } catch (LinkException | RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }

  private List<ServerAddress> select(String topic) {
    List<ServerAddress> all = servers.current();
    List<ServerAddress> selected;
    try {
      selected = selector.select(topic, all);
    } catch (RuntimeException e) {
      throw new BrokerException(
          ErrorCode.INTERNAL, "selector " + selector.name() + " failed: " + e);
    }
    if (selected.isEmpty() || !all.containsAll(selected)) {
      throw new BrokerException(
          ErrorCode.INTERNAL,
          "selector "
              + selector.name()
              + " chose "
              + selected
              + " for topic \""
              + topic
              + "\"; it must choose from "
              + all);
    }
    return selected;
  }

  private Link link(ServerAddress server) {
    return links.computeIfAbsent(server, newLink);
  }

  private PublishQueue queue(ServerAddress server) {
    PublishQueue known = queues.get(server);
    if (known == null) {
      known = queues.computeIfAbsent(server, s -> new PublishQueue(link(s), options));
      if (closed) {
        known.close();
      }
    }
    return known;
  }

  private void serversChanged() {
    List<ServerAddress> now = servers.current();
    for (var all = queues.entrySet().iterator(); all.hasNext(); ) {
      var queue = all.next();
      if (!now.contains(queue.getKey())) {
        all.remove();
        queue.getValue().closeWhenSent();
      }
    }
    for (Subscription subscription : subscriptions) {
      try {
        if (subscription instanceof ServerSubscription one) {
          one.serversChanged();
        } else if (subscription instanceof MergedSubscription merged) {
          merged.serversChanged(select(subscription.topic()));
        }
      } catch (BrokerException e) {
        // It stays where it is; the next publish or subscription says why.
      }
    }
    links.keySet().retainAll(now);
  }

  private void requireOpen() {
    if (closed) {
      throw new BrokerException(ErrorCode.INTERNAL, "the client is closed");
    }
  }

  /**
   * Ends every subscription, waits a moment for publishes that are on their way, and fails the
   * rest.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    servers.close();
    List.copyOf(subscriptions).forEach(Subscription::close);
    queues.values().forEach(queue -> queue.awaitSent(options.timeout()));
    queues.values().forEach(PublishQueue::close);
    links.values().forEach(Link::close);
  }
}
