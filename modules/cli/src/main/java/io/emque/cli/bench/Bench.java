package io.emque.cli.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * One run: connects, makes sure that every subscriber hears its topic, publishes, waits for what is
 * under way, and tells what became of it.
 *
 * <p><b>Threads:</b> {@link #run} once; the others from any thread meanwhile.
 */
public final class Bench {
  /** More publishers than that share the machine's processors as virtual threads. */
  private static final int MOST_THREADS = 64;

  private static final long LOOK_MILLIS = 20;
  private static final long PROBE_MILLIS = 100;

  /** Publishers wait longer than what follows them: a server that pauses is no end. */
  private static final int STUCK_TIMES = 3;

  private static final Duration LAST_WORD = Duration.ofMillis(500);

  /** How long what is under way is waited for when a run was cut short. */
  private static final Duration CUT_SHORT = Duration.ofMillis(500);

  private static final Duration MOST_CUT_SHORT = Duration.ofSeconds(3);

  private final BenchOptions options;
  private final Target target;
  private final String topic;
  private final Plan plan;
  private final int run = ThreadLocalRandom.current().nextInt(Stamp.RUNS);
  private final Trouble trouble = new Trouble();
  private final Latencies latencies = new Latencies();
  private final Latencies delays = new Latencies();
  private final Connections connections;
  private final Tally tally;
  private final List<Publishing> publishings = new ArrayList<>();
  private volatile Phase phase = Phase.CONNECTING;
  private volatile long began; // in microseconds
  private long measureFrom;
  private long publishEnd;

  /**
   * @throws IllegalArgumentException when it would be too much, or the topic's name is none
   */
  public Bench(BenchOptions options, Target target) {
    this.options = options;
    this.target = target;
    this.topic =
        options.topic().isEmpty()
            ? "emque-bench-" + Long.toString(ThreadLocalRandom.current().nextLong() >>> 1, 36)
            : options.topic();
    this.plan = Plan.of(options, topic, target);
    this.connections = new Connections(plan, options, target, run, latencies, trouble);
    this.tally = new Tally(connections, options.subscribers() > 0);
  }

  /** What a run is at. */
  public enum Phase {
    CONNECTING,
    WARMING_UP,
    PUBLISHING,
    WAITING
  }

  /** Topics that nobody listens to, though there are subscribers. */
  public long unheard() {
    return options.subscribers() == 0 ? 0 : plan.unheard();
  }

  /**
   * Does all.
   *
   * @throws IOException when it could not begin; the message says why, in one line
   */
  public Result run() throws IOException, InterruptedException {
    try (connections) {
      connections.open();
      probe();
      if (trouble.any()) {
        String failure = trouble.failure();
        throw new IOException(failure == null ? "interrupted before it began" : failure);
      }
      Duration cpu = cpu();
      publish();
      boolean whole = awaitRest();
      trouble.end();
      return result(whole, cpu().minus(cpu));
    } finally {
      trouble.end();
      if (options.topic().isEmpty() && trouble.failure() == null) {
        new Leftovers(target).remove(plan, options.publishBy());
      }
    }
  }

  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  // ---- before

  /** A server of the original kind says yes before it listens: what is sent shows when it does. */
  private void probe() throws IOException, InterruptedException {
    long until = System.nanoTime() + target.timeout().toNanos();
    var firsts = new HashMap<Plan.Channel, Flow>();
    connections.flows().forEach(flow -> firsts.putIfAbsent(flow.stream().channel(), flow));
    while (!trouble.any() && connections.heard().getCount() > 0) {
      for (Listener listener : connections.listeners()) {
        Flow flow = listener.probed() ? null : firsts.remove(listener.seat().channel());
        if (flow != null) {
          probe(flow);
        }
      }
      if (connections.heard().await(PROBE_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
      connections.flows().forEach(flow -> firsts.putIfAbsent(flow.stream().channel(), flow));
      if (System.nanoTime() - until > 0) {
        throw new IOException(
            connections.heard().getCount()
                + " of "
                + options.subscribers()
                + " subscribers heard nothing of what was published within "
                + target.timeout().toMillis()
                + " ms; do --servers lead to the same topics?");
      }
    }
  }

  private void probe(Flow flow) {
    try {
      flow.lane().send(flow.stream(), Stamp.PROBE, Times.micros());
      flow.lane().flush();
    } catch (IOException e) {
      lost(flow.stream().who(), e);
    }
  }

  /** Who reads may have the server's own word of why; it comes first. */
  private void lost(String who, IOException why) {
    trouble.await(LAST_WORD);
    trouble.tell(who, why);
  }

  // ---- publishing

  private void publish() throws InterruptedException {
    began = Times.micros();
    var flowsOf = new ArrayList<List<Flow>>();
    for (int i = 0; i < options.publishers(); i++) {
      flowsOf.add(new ArrayList<>());
    }
    connections.flows().forEach(flow -> flowsOf.get(flow.stream().publisher()).add(flow));
    Flow.Stopped stopped = trouble::any;
    for (int i = 0; i < options.publishers(); i++) {
      var pace = new Pace(options, i, began, target.timeout());
      measureFrom = pace.measureFrom();
      publishings.add(new Publishing(flowsOf.get(i), pace, options, delays.stripe(i), stopped));
    }
    connections.listeners().forEach(listener -> listener.measureFrom(measureFrom));
    connections.lanes().forEach(lane -> lane.answers().measureFrom(measureFrom));
    phase = options.warmup().isZero() ? Phase.PUBLISHING : Phase.WARMING_UP;
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < options.publishers(); i++) {
      threads.add(start(i));
    }
    await(() -> threads.stream().noneMatch(Thread::isAlive));
    publishEnd = Times.micros();
    phase = Phase.WAITING;
  }

  private Thread start(int publisher) {
    Publishing publishing = publishings.get(publisher);
    Thread.Builder builder =
        options.openLoop() && options.publishers() <= MOST_THREADS
            ? Thread.ofPlatform().daemon()
            : Thread.ofVirtual();
    return builder.name("emque-bench-publish-" + publisher).start(() -> publish(publishing));
  }

  private void publish(Publishing publishing) {
    try {
      publishing.run();
    } catch (IOException e) {
      lost(publishing.name(), e);
    }
  }

  // ---- after

  /** Waits for what is under way; returns whether it had its time to come. */
  private boolean awaitRest() throws InterruptedException {
    long expected = tally.expected();
    await(() -> tally.arrived() >= expected);
    return !trouble.any();
  }

  /** Waits while anything moves; when nothing does though something should, that is trouble. */
  private void await(Condition done) throws InterruptedException {
    long before = -1;
    long moved = System.nanoTime();
    long cutSince = 0;
    while (!done.holds()) {
      Thread.sleep(LOOK_MILLIS);
      long now = System.nanoTime();
      long arrived = tally.arrived();
      if (arrived != before || arrived >= tally.expected()) {
        before = arrived;
        moved = now;
      }
      if (trouble.any()) {
        cutSince = cutSince == 0 ? now : cutSince;
        if (now - moved > CUT_SHORT.toNanos() || now - cutSince > MOST_CUT_SHORT.toNanos()) {
          return;
        }
      } else if (phase == Phase.WAITING && now - moved > target.timeout().toNanos()) {
        return;
      } else if (now - moved > stuckAfter().toNanos()) {
        trouble.tell("stuck", new IOException(stuck(tally.expected() - arrived)));
        return;
      }
    }
  }

  private Duration stuckAfter() {
    return target.timeout().multipliedBy(STUCK_TIMES);
  }

  private String stuck(long underWay) {
    return "nothing came for "
        + stuckAfter().toMillis()
        + " ms though "
        + underWay
        + (options.subscribers() == 0 ? " answers" : " deliveries")
        + " are due; look at the server, or raise --timeout";
  }

  private Result result(boolean whole, Duration cpu) {
    Histogram latency = latencies.sum();
    long published = publishings.stream().mapToLong(Publishing::counted).sum();
    double publishSeconds = seconds(publishEnd);
    double deliverSeconds = seconds(tally.lastMicros());
    if (options.openLoop() && whole) { // the last of ten a second is due after 0.9 of one
      publishSeconds = Math.max(publishSeconds, (double) published / options.rate());
      deliverSeconds = Math.max(deliverSeconds, publishSeconds);
    }
    return new Result(
        options,
        target.servers().stream()
            .map(server -> server.uri().toString())
            .collect(Collectors.joining(",")),
        topic,
        published,
        publishings.stream().mapToLong(Publishing::unsent).sum(),
        publishSeconds,
        tally.delivered(),
        deliverSeconds,
        tally.expected(),
        tally.arrived(),
        tally.faults(),
        whole,
        latency,
        delays.sum(),
        cpu.toNanos() / 1e9,
        (Times.micros() - began) / 1e6,
        trouble.interrupted(),
        trouble.failure());
  }

  private double seconds(long micros) {
    return Math.max(0, micros - measureFrom) / 1e6;
  }

  // ---- meanwhile

  /** Ends publishing; what was measured so far is the result. */
  public void interrupt() {
    trouble.interrupt();
  }

  /** How far it has come. */
  public Snapshot snapshot() {
    Phase now = phase;
    if (now == Phase.WARMING_UP && Times.micros() >= measureFrom) {
      now = Phase.PUBLISHING;
    }
    double seconds = now == Phase.CONNECTING ? 0 : (Times.micros() - began) / 1e6;
    return new Snapshot(now, seconds, tally.sent(), now == Phase.CONNECTING ? 0 : tally.arrived());
  }

  /**
   * How far a run has come.
   *
   * @param seconds since publishers began
   * @param sent messages, warm-up included
   * @param arrived deliveries, or answers where nobody listens
   */
  public record Snapshot(Phase phase, double seconds, long sent, long arrived) {}

  private interface Condition {
    boolean holds();
  }
}
