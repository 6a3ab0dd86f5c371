package io.emque.cli.bench;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A publisher: sends messages to its streams by turns, as its pace and their windows allow. */
final class Publishing {
  /** After so many messages it looks at the clock again. */
  private static final int BURST = 64;

  private static final long LONGEST_SLEEP = TimeUnit.MILLISECONDS.toMicros(50);

  private final List<Flow> flows;
  private final Pace pace;
  private final boolean openLoop;
  private final Latencies.Stripe delays;
  private final Flow.Stopped stopped;
  private final Set<Lane> unflushed = new LinkedHashSet<>();
  private int turn;
  private volatile long counted;
  private volatile long unsent;

  /**
   * @param delays how long after they were due messages were handed over
   */
  Publishing(
      List<Flow> flows,
      Pace pace,
      BenchOptions options,
      Latencies.Stripe delays,
      Flow.Stopped stopped) {
    this.flows = flows;
    this.pace = pace;
    this.openLoop = options.openLoop();
    this.delays = delays;
    this.stopped = stopped;
  }

  /** Who it is, and where. */
  String name() {
    return flows.getFirst().stream().who();
  }

  /** Publishes until the end. */
  void run() throws IOException {
    try {
      long now = Times.micros();
      while (!stopped.now() && !pace.over(now)) {
        if (pace.isDue(now)) {
          burst(now);
        } else {
          flush();
          pace.await(now, LONGEST_SLEEP);
        }
        now = Times.micros();
      }
      flush();
      unsent = stopped.now() ? 0 : pace.unsent();
    } finally {
      tell();
    }
  }

  private void burst(long now) throws IOException {
    for (int i = 0; i < BURST && pace.isDue(now) && !pace.over(now); i++) {
      Flow flow = flows.get(turn);
      if (!flow.hasRoom()) {
        flush();
        tell();
        flow.awaitRoom(stopped);
        return; // time has passed
      }
      turn = turn + 1 == flows.size() ? 0 : turn + 1;
      long due = pace.take(now);
      if (openLoop && due >= pace.measureFrom()) {
        delay(now - due);
      }
      long place = flow.take();
      flow.tell();
      if (flows.size() > 1 || unflushed.isEmpty()) {
        unflushed.add(flow.lane());
      }
      flow.lane().send(flow.stream(), place, due);
    }
    tell();
  }

  private void delay(long micros) {
    delays.lock.lock();
    try {
      delays.record(micros);
    } finally {
      delays.lock.unlock();
    }
  }

  private void flush() throws IOException {
    for (Lane lane : unflushed) {
      lane.flush();
    }
    unflushed.clear();
  }

  private void tell() {
    counted = pace.counted();
  }

  /** Messages that were due and could not be sent in time. */
  long unsent() {
    return unsent;
  }

  /** Messages sent that were due when it was measured. Any thread. */
  long counted() {
    return counted;
  }
}
