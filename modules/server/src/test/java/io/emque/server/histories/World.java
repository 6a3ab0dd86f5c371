package io.emque.server.histories;

import io.emque.api.Cursor;
import io.emque.api.Message;
import io.emque.api.Published;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.TopicInfo;
import io.emque.client.Emque;
import io.emque.engine.EngineOptions;
import io.emque.engine.LogBroker;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.testkit.network.FaultProxy;
import io.emque.testkit.network.Line;
import io.emque.transport.http.HttpOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Two servers that keep everything, a proxy before one of them and one before both, and a server
 * that keeps little; a network that fails before each, and between proxies and servers.
 */
final class World implements AutoCloseable {
  private static final List<String> KEPT = List.of("kept-0", "kept-1");
  private static final List<String> VANISHING = List.of("vanishing-0", "vanishing-1");
  private static final List<String> TRIMMED = List.of("trimmed-0", "trimmed-1");
  private static final List<String> MERGED = List.of("merged-0");
  private static final int FEW = 200; // messages that the second server keeps of a topic
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<AutoCloseable> open = new ArrayList<>();
  private final LogBroker keeping;
  private final LogBroker trimming;
  private final LogBroker merging;
  private final List<FaultProxy> networks = new ArrayList<>();
  private final Set<FaultProxy> gentle = new HashSet<>();
  private final List<Path> paths;

  World() throws Exception {
    ServerOptions options =
        ServerOptions.DEFAULT
            .listen("127.0.0.1", 0)
            .tls(TlsOptions.OFF)
            .drain(Duration.ofSeconds(1))
            .http(
                new HttpOptions(
                    Duration.ofSeconds(1), SlowPolicy.SKIP, false, List.of(), null, false));
    EmqueServer first = opened(EmqueServer.start(options));
    EmqueServer second =
        opened(EmqueServer.start(options.engine(EngineOptions.DEFAULT.retainCount(FEW))));
    EmqueServer third = opened(EmqueServer.start(options));
    EmqueServer proxy = proxy(options, network(first.port()));
    EmqueServer merger = proxy(options, gentle(first.port()), gentle(third.port()));
    keeping = first.broker();
    trimming = second.broker();
    merging = merger.broker();
    var onFirst = new ArrayList<>(KEPT);
    onFirst.addAll(VANISHING);
    paths =
        List.of(
            new Path("direct", network(first.port()), onFirst, true, false),
            new Path("proxied", network(proxy.port()), onFirst, false, false),
            new Path("trimmed", network(second.port()), TRIMMED, true, false),
            new Path("merged", network(merger.port()), MERGED, false, true));
  }

  private EmqueServer proxy(ServerOptions options, FaultProxy... upstream) throws Exception {
    List<String> servers =
        Arrays.stream(upstream).map(network -> "http://127.0.0.1:" + network.port()).toList();
    return opened(
        EmqueServer.start(
            options.upstream(Emque.builder().servers(servers).timeout(PATIENCE).retries(20))));
  }

  private <T extends AutoCloseable> T opened(T closeable) {
    open.add(closeable);
    return closeable;
  }

  private FaultProxy network(int port) throws Exception {
    FaultProxy network = opened(FaultProxy.before(port));
    networks.add(network);
    return network;
  }

  private FaultProxy gentle(int port) throws Exception {
    FaultProxy network = network(port);
    gentle.add(network);
    return network;
  }

  /**
   * Whether nobody is to be kept away for long: a reader of a merged topic that resumes while a
   * server is not there waits 2 s for it, and may then get messages twice.
   */
  boolean isGentle(FaultProxy network) {
    return gentle.contains(network);
  }

  /**
   * A way to a server.
   *
   * @param topics that live there
   * @param direct whether no proxy broker stands in between
   * @param slow whether little is published: who resumes a merged topic on a connection of its own
   *     is told apart from others by the last 512 messages of each server
   */
  record Path(String name, FaultProxy network, List<String> topics, boolean direct, boolean slow) {
    int port() {
      return network.port();
    }
  }

  List<Path> paths() {
    return paths;
  }

  List<FaultProxy> networks() {
    return networks;
  }

  List<String> vanishing() {
    return VANISHING;
  }

  List<String> topics() {
    var all = new ArrayList<>(KEPT);
    all.addAll(VANISHING);
    all.addAll(TRIMMED);
    all.addAll(MERGED);
    return all;
  }

  Topic.Kind kind(String topic) {
    return KEPT.contains(topic)
        ? Topic.Kind.KEPT
        : VANISHING.contains(topic)
            ? Topic.Kind.VANISHING
            : TRIMMED.contains(topic) ? Topic.Kind.TRIMMED : Topic.Kind.MERGED;
  }

  /** The broker that a topic lives in. */
  LogBroker log(String topic) {
    return switch (kind(topic)) {
      case KEPT, VANISHING -> keeping;
      case TRIMMED -> trimming;
      case MERGED -> merging;
    };
  }

  /** Every network works from now on; what began before is cut. */
  void calm() {
    for (FaultProxy network : networks) {
      network.line(Line.GOOD).refuse(false).resume();
      network.cut();
    }
  }

  /** Publishes without a network, so that it is known what became of it. */
  void publish(Ledger ledger, String topic, String session, long number) {
    var sent = new Sent(topic, session, number, session + "." + number + "/", System.nanoTime());
    ledger.sending(sent);
    Published published = log(topic).publish(topic, sent.key());
    ledger.became(sent, Sent.Fate.of(published.cursor(), System.nanoTime()));
  }

  /** Where a topic's log ends now. */
  Cursor end(String topic) {
    TopicInfo info = log(topic).topic(topic).orElseThrow();
    return new Cursor(info.epoch(), info.nextOffset());
  }

  /** Each topic as it is in the end. */
  List<Topic> read() throws InterruptedException {
    var all = new ArrayList<Topic>();
    for (String topic : topics()) {
      boolean merged = MERGED.contains(topic);
      Cursor end = merged ? new Cursor("none", 0) : end(topic);
      all.add(new Topic(topic, kind(topic), end, merged ? List.of() : read(topic, end)));
    }
    return all;
  }

  private List<Map.Entry<Cursor, String>> read(String topic, Cursor end)
      throws InterruptedException {
    var kept = new ArrayList<Map.Entry<Cursor, String>>();
    try (var log =
        log(topic).subscribe(topic, SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST))) {
      while (!log.next().equals(end)) {
        if (log.poll(PATIENCE) instanceof Message message) {
          kept.add(Map.entry(message.cursor(), Sent.keyOf(message.text())));
        } else {
          throw new IllegalStateException(topic + " cannot be read to its end");
        }
      }
    }
    return kept;
  }

  @Override
  public void close() {
    try {
      for (AutoCloseable each : open.reversed()) {
        each.close();
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
