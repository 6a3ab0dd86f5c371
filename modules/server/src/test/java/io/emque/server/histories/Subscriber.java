package io.emque.server.histories;

import io.emque.api.StartPosition;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Somebody who subscribes, again and again, and writes down what comes. */
abstract class Subscriber extends Actor {
  private static final List<StartPosition> STARTS =
      List.of(StartPosition.LATEST, StartPosition.LATEST, StartPosition.EARLIEST);

  final World.Path path;
  private final Queue<Observation> observations = new ConcurrentLinkedQueue<>();
  private volatile Observation current;

  Subscriber(String name, long seed, World.Path path) {
    super(name, seed);
    this.path = path;
  }

  @Override
  void run() throws InterruptedException {
    while (!stopped()) {
      var observation = new Observation(name(), any(path.topics()), path.direct());
      observations.add(observation);
      current = observation;
      observe(observation, any(STARTS));
      pause(300);
    }
  }

  /** One subscription, until it has ended; in the end the broker's or the run's. */
  abstract void observe(Observation observation, StartPosition from) throws InterruptedException;

  final List<Observation> observations() {
    return List.copyOf(observations);
  }

  /** What it sees now; null before it began. */
  final Observation current() {
    return current;
  }

  /** A message more, and then perhaps a while of not reading. */
  final void dawdle() throws InterruptedException {
    if (onceIn(300)) {
      pause(500);
    }
  }
}
