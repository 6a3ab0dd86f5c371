package io.emque.transport.http.limits;

import static java.util.Objects.requireNonNull;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.transport.http.metrics.Exposition;
import io.emque.transport.http.metrics.MetricsSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * The limits of an open port, and how often each was hit. All but {@link Heads} may change while it
 * is open; connections that stand over a new limit stay. Any thread.
 */
public final class LiveLimits implements MetricsSource {
  private final Rates rates = new Rates(System::nanoTime);
  private final Connections connections = new Connections();
  private final InFlight inFlight;
  private final AtomicInteger subscriptions = new AtomicInteger();
  private final LongAdder subscriptionsRefused = new LongAdder();
  private final Map<Overdue, LongAdder> overdue = new EnumMap<>(Overdue.class);
  private volatile Limits current;
  private volatile int most; // subscriptions

  /** These, for a start. */
  public LiveLimits(Limits limits) {
    inFlight = new InFlight(limits.inFlightBytes());
    for (Overdue each : Overdue.values()) {
      overdue.put(each, new LongAdder());
    }
    current = limits;
    set(limits);
  }

  /** Others, from now on; {@link Limits#heads} stay. */
  public void set(Limits limits) {
    current = limits.heads(current.heads());
    int all = limits.connections() == 0 ? HeapRoom.connections() : limits.connections();
    connections.set(Math.min(all, OpenFiles.admitted()), limits.connectionsPerAddress());
    most = Math.max(all, HeapRoom.subscriptions());
    rates.set(limits.perAddress(), limits.perIdentity());
    inFlight.limit(limits.inFlightBytes());
  }

  /** What is in force. */
  public Limits current() {
    return current;
  }

  /** How fast messages may come. */
  public Rates rates() {
    return rates;
  }

  /** How many connections there are. */
  public Connections connections() {
    return connections;
  }

  /** Memory of what is being received. */
  public InFlight inFlight() {
    return inFlight;
  }

  /**
   * One subscription more; {@link #subscriptionEnds} it.
   *
   * @param held how many the connection has
   * @throws BrokerException {@link ErrorCode#TOO_MANY_SUBSCRIPTIONS}
   */
  public void subscriptionBegins(int held) {
    if (held >= current.subscriptions()) {
      throw tooMany(
          "this connection holds "
              + held
              + " subscriptions, as many as it may; open another one, or raise --max_subscriptions");
    }
    int all = subscriptions.incrementAndGet();
    if (all > most) {
      subscriptions.decrementAndGet();
      throw tooMany(
          "there are "
              + most
              + " subscriptions, as many as the heap has room for; try again later, or give the"
              + " broker more memory (-Xmx)");
    }
  }

  private BrokerException tooMany(String message) {
    subscriptionsRefused.increment();
    return new BrokerException(ErrorCode.TOO_MANY_SUBSCRIPTIONS, message);
  }

  /** One less. */
  public void subscriptionEnds() {
    subscriptions.decrementAndGet();
  }

  /** A connection is ended for its client's slowness. */
  public void overdue(Overdue why) {
    requireNonNull(overdue.get(why)).increment();
  }

  @Override
  public void write(Exposition out) {
    out.counters(
        "emque_limits_hit_total",
        "How often somebody came up against a limit, by its flag.",
        samples -> {
          samples.add(connections.refused(), "limit", "max_connections");
          samples.add(connections.refusedOfAddress(), "limit", "max_connections_per_address");
          samples.add(subscriptionsRefused.sum(), "limit", "max_subscriptions");
          samples.add(rates.refused() + rates.waits(), "limit", "publish_rate");
          samples.add(inFlight.refused() + inFlight.evicted(), "limit", "inflight_bytes");
          overdue.forEach(
              (why, count) ->
                  samples.add(
                      count.sum(), "limit", why.name().toLowerCase(Locale.ROOT) + "_timeout"));
        });
    out.gauge("emque_connections_open", "Connections, handshakes included.", connections.open());
    out.gauge("emque_connections_limit", "Connections there may be.", connections.limit());
    out.gauge("emque_inflight_bytes", "Memory of messages being received.", inFlight.held());
    out.gauge("emque_inflight_limit_bytes", "Memory they may take.", inFlight.limit());
  }

  /** What a client was too slow with. */
  public enum Overdue {
    /** The handshake of TLS. */
    HANDSHAKE,
    /** The head of a request, or its body. */
    REQUEST,
    /** Anything at all. */
    IDLE,
    /** Reading an answer. */
    WRITE
  }
}
