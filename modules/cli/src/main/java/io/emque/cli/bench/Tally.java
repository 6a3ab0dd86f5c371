package io.emque.cli.bench;

/**
 * What was sent and what came of it. Where nobody listens, answers are what comes.
 *
 * @param listens whether anybody does
 */
record Tally(Connections connections, boolean listens) {
  /** Messages, warm-up included. */
  long sent() {
    return connections.flows().stream().mapToLong(Flow::sent).sum();
  }

  /** Deliveries that there are to be of these. */
  long expected() {
    long expected = 0;
    for (Flow flow : connections.flows()) {
      expected += flow.sent() * (listens ? flow.stream().channel().seats() : 1);
    }
    return expected;
  }

  /** Deliveries that there were. */
  long arrived() {
    if (listens) {
      return connections.listeners().stream().mapToLong(Listener::got).sum();
    }
    long unanswered =
        connections.lanes().stream().mapToLong(lane -> lane.answers().unanswered()).sum();
    return Math.max(0, sent() - unanswered);
  }

  /** Of these, those that were due when it was measured. */
  long delivered() {
    return listens
        ? connections.listeners().stream().mapToLong(Listener::measured).sum()
        : connections.lanes().stream().mapToLong(lane -> lane.answers().measured()).sum();
  }

  /** When the last of these came; 0 for never. */
  long lastMicros() {
    return listens
        ? connections.listeners().stream().mapToLong(Listener::lastMicros).max().orElse(0)
        : connections.lanes().stream()
            .mapToLong(lane -> lane.answers().lastMicros())
            .max()
            .orElse(0);
  }

  /** What was wrong with what came. */
  Listener.Faults faults() {
    return connections.listeners().stream()
        .map(Listener::faults)
        .reduce(Listener.Faults.NONE, Listener.Faults::plus);
  }
}
