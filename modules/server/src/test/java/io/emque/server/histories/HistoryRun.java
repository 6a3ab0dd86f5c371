package io.emque.server.histories;

import static org.awaitility.Awaitility.await;

import io.emque.client.Transport;
import io.emque.server.histories.Observation.Begun;
import io.emque.server.histories.Observation.Ended;
import io.emque.server.histories.Observation.Got;
import io.emque.server.histories.Observation.Missed;
import io.emque.server.histories.Observation.Resumed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A while of everything at once, then calm, in which everybody reads to the end, then the checker.
 * The seed decides who does what; threads decide when, so a replay is alike and not the same.
 */
final class HistoryRun {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final long seed;
  private final Random seeds;
  private final Duration time;
  private final Ledger ledger = new Ledger();
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Subscriber> subscribers = new ArrayList<>();

  private HistoryRun(long seed, Duration time) {
    this.seed = seed;
    this.seeds = new Random(seed);
    this.time = time;
  }

  /**
   * How it went.
   *
   * @param faults what cannot be; empty when all is well
   */
  record Outcome(
      int sent,
      int subscriptions,
      long delivered,
      long gaps,
      long resumed,
      long ended,
      int deleted,
      List<String> faults) {
    @Override
    public String toString() {
      return String.format(
          "%,d messages sent, %,d delivered to %,d subscriptions, which resumed %,d times and were"
              + " told of %,d gaps; %,d of them ended; %d topics deleted; %d faults",
          sent, delivered, subscriptions, resumed, gaps, ended, deleted, faults.size());
    }
  }

  static Outcome run(long seed, Duration time) throws Exception {
    return new HistoryRun(seed, time).run();
  }

  private Outcome run() throws Exception {
    try (var world = new World()) {
      for (String topic : world.topics()) {
        world.publish(ledger, topic, "first-" + topic, 0); // or it goes with its last subscriber
      }
      for (World.Path path : world.paths()) {
        populate(path);
      }
      var mischief = new Mischief("mischief", seeds.nextLong(), world);
      publishers.forEach(Actor::start);
      subscribers.forEach(Actor::start);
      mischief.start();
      Thread.sleep(time);

      mischief.stop();
      ended(mischief);
      subscribers.forEach(Actor::calmDown);
      world.calm();
      publishers.forEach(Actor::stop);
      for (Publisher publisher : publishers) {
        ended(publisher);
      }
      world.topics().forEach(topic -> world.publish(ledger, topic, last(topic), 0));
      var sent = new HashMap<String, Map<Sent, Sent.Fate>>();
      world.topics().forEach(topic -> sent.put(topic, Checker.to(topic, ledger.all())));
      var late = new ArrayList<String>();
      try {
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(50))
            .until(() -> subscribers.stream().allMatch(each -> atTheEnd(world, each, sent)));
      } catch (ConditionTimeoutException stuck) {
        subscribers.stream()
            .filter(each -> !atTheEnd(world, each, sent))
            .forEach(each -> late.add(each.current() + " has not read to the end: " + stuck(each)));
      }
      subscribers.forEach(Actor::stop);
      for (Subscriber subscriber : subscribers) {
        ended(subscriber);
      }
      return outcome(world, mischief.deleted(), late);
    }
  }

  private void populate(World.Path path) {
    publishers.add(new Publisher.ByPost(path.name() + "-post", seeds.nextLong(), path, ledger));
    publishers.add(new Publisher.ByBatch(path.name() + "-batch", seeds.nextLong(), path, ledger));
    publishers.add(new Publisher.BySocket(path.name() + "-ws", seeds.nextLong(), path, ledger));
    for (Transport transport : Transport.values()) {
      String suffix = "-client-" + transport;
      publishers.add(
          new ClientPublisher(path.name() + suffix, seeds.nextLong(), path, ledger, transport));
      subscribers.add(
          new ClientSubscriber(path.name() + suffix, seeds.nextLong(), path, transport));
    }
    for (StreamReader.Kind kind : StreamReader.Kind.values()) {
      subscribers.add(new StreamSubscriber(path.name() + "-" + kind, seeds.nextLong(), path, kind));
    }
  }

  private static void ended(Actor actor) throws InterruptedException {
    if (!actor.join(PATIENCE)) {
      throw new AssertionError(actor.name() + " hangs");
    }
  }

  /** The session of a topic's last message; who has no positions knows by it that this is all. */
  private static String last(String topic) {
    return "last-" + topic;
  }

  private static boolean atTheEnd(
      World world, Subscriber subscriber, Map<String, Map<Sent, Sent.Fate>> sent) {
    Observation current = subscriber.current();
    if (current == null || current.ended()) {
      return false;
    }
    String topic = current.topic();
    return world.kind(topic) == Topic.Kind.MERGED
        ? new MergedWalk(current, sent.get(topic)).isComplete()
        : world.end(topic).equals(current.next()) || current.lastKey().equals(last(topic) + ".0/");
  }

  private static String stuck(Subscriber subscriber) {
    List<Observation.Event> events = subscriber.current().events();
    return "of "
        + events.size()
        + " events the last are "
        + events.reversed().stream().limit(3).toList();
  }

  private Outcome outcome(World world, int deleted, List<String> late)
      throws InterruptedException, IOException {
    var observations = subscribers.stream().flatMap(each -> each.observations().stream()).toList();
    // One that never began, because the run was over, has seen nothing.
    var begun = observations.stream().filter(each -> !each.events().isEmpty()).toList();
    var faults = new ArrayList<>(late);
    faults.addAll(Checker.faults(ledger.all(), world.read(), begun));
    if (!faults.isEmpty()) {
      write(begun);
    }
    return new Outcome(
        ledger.size(),
        (int) count(begun, Begun.class),
        count(begun, Got.class),
        count(begun, Missed.class),
        count(begun, Resumed.class),
        count(begun, Ended.class),
        deleted,
        faults);
  }

  /** For whoever looks into it: what every subscription saw. */
  private void write(List<Observation> observations) throws IOException {
    var lines = new ArrayList<String>();
    for (Observation observation : observations) {
      lines.add(observation.toString());
      observation.events().forEach(event -> lines.add("  " + event));
    }
    ledger.all().forEach((sent, fate) -> lines.add(sent + " " + fate));
    Path file = Path.of("target", "histories-" + seed + ".txt");
    Files.createDirectories(file.getParent());
    Files.write(file, lines);
  }

  private static long count(List<Observation> observations, Class<?> kind) {
    return observations.stream()
        .flatMap(each -> each.events().stream())
        .filter(kind::isInstance)
        .count();
  }
}
