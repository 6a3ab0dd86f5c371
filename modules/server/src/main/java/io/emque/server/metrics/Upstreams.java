package io.emque.server.metrics;

import io.emque.api.BrokerException;
import io.emque.client.Emque;
import io.emque.client.ServerStatus;
import io.emque.transport.http.metrics.Exposition;
import io.emque.transport.http.metrics.MetricsSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** The servers behind a proxy: how they are, and whether one of them answers. Any thread. */
public final class Upstreams implements MetricsSource {
  /** More are not told apart. */
  private static final int MOST = 100;

  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final Duration KNOWN = Duration.ofSeconds(2);

  private final Emque client;
  private Optional<String> trouble = Optional.empty(); // under this object's monitor
  private long askedAt; // System.nanoTime; 0 for never; under the monitor

  /** Those that a client talks to. */
  public Upstreams(Emque client) {
    this.client = client;
  }

  /**
   * Asks all servers; empty when one answers. An answer is good for two seconds, so that who asks
   * often costs the servers little.
   */
  public synchronized Optional<String> trouble() {
    long now = System.nanoTime();
    if (askedAt == 0 || now - askedAt > KNOWN.toNanos()) {
      trouble = ask();
      askedAt = System.nanoTime() | 1;
    }
    return trouble;
  }

  private Optional<String> ask() {
    try {
      var faults = client.unreachable(ANSWER);
      if (faults.size() < client.statuses().size()) {
        return Optional.empty();
      }
      return Optional.of(
          "upstreams: none answers: "
              + faults.entrySet().stream()
                  .map(fault -> fault.getKey() + ": " + fault.getValue())
                  .collect(Collectors.joining(", ")));
    } catch (BrokerException e) {
      return Optional.of("upstreams: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  @Override
  public void write(Exposition out) {
    List<ServerStatus> all = client.statuses().stream().limit(MOST).toList();
    out.gauges(
        "emque_upstream_up",
        "1 unless the last attempt to connect to the server failed.",
        samples ->
            all.forEach(one -> samples.add(one.up() ? 1L : 0L, "server", one.server().toString())));
    counters(out, all, "connects", "Connections made to the server.", ServerStatus::connects);
    counters(out, all, "lost", "Connections to the server that were lost.", ServerStatus::lost);
    counters(out, all, "failures", "Attempts to connect that failed.", ServerStatus::failures);
    counters(
        out, all, "retries", "Messages sent, or to be sent, once more.", ServerStatus::retries);
  }

  private static void counters(
      Exposition out,
      List<ServerStatus> all,
      String what,
      String help,
      ToLongFunction<ServerStatus> value) {
    out.counters(
        "emque_upstream_" + what + "_total",
        help,
        samples ->
            all.forEach(
                one -> samples.add(value.applyAsLong(one), "server", one.server().toString())));
  }
}
