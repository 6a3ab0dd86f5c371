package io.emque.transport.http;

import io.emque.engine.LogBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * Whether a server is alive, and whether work should be sent to it.
 *
 * <p><b>Threads:</b> any.
 */
public final class Health {
  /** How long a message may take through the broker; with the answer well below 10 seconds. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final LogBroker broker;
  private final List<Supplier<Optional<String>>> checks = new CopyOnWriteArrayList<>();
  private volatile boolean draining;

  Health(LogBroker broker) {
    this.broker = broker;
    checks.add(broker::trouble);
  }

  /**
   * Adds something that may keep the server from its work.
   *
   * @param check says what does, as {@code upstreams: none answers}; empty when nothing does. Asked
   *     whenever somebody asks for readiness; answers within seconds
   */
  public void add(Supplier<Optional<String>> check) {
    checks.add(check);
  }

  /** Whether a message comes through the broker in time. Blocks while it is under way. */
  public boolean isLive() {
    try {
      return broker.comesThrough(LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the connection, or the server, ends
      return true;
    }
  }

  /** How long {@link #isLive} waits. */
  Duration limit() {
    return LIMIT;
  }

  /** What keeps it from its work, in one line; empty when nothing does. */
  public Optional<String> trouble() {
    var all = new ArrayList<String>();
    for (var check : checks) {
      check.get().ifPresent(all::add);
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", all));
  }

  /** Whether it is stopping. */
  public boolean draining() {
    return draining;
  }

  void drain() {
    draining = true;
  }
}
