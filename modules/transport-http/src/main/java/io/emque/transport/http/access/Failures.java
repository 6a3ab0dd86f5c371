package io.emque.transport.http.access;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.Objects.requireNonNull;

import io.emque.api.spi.Authentication.Reason;
import io.emque.api.spi.Authentication.Refused;
import io.emque.transport.http.metrics.Exposition;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts what was refused, and logs it once a minute for each reason. Any thread. */
final class Failures {
  private static final System.Logger LOG = System.getLogger(AccessControl.class.getName());
  private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();

  private final Map<Reason, Episode> refused = new EnumMap<>(Reason.class);
  private final Episode forbidden = new Episode();
  final LongAdder ended = new LongAdder();

  Failures() {
    for (Reason reason : Reason.values()) {
      refused.put(reason, new Episode());
    }
  }

  void refused(Refused what, String from) {
    requireNonNull(refused.get(what.reason())).happened("a caller at " + from, what.message());
  }

  void forbidden(String name, String message) {
    forbidden.happened("\"" + name + "\"", message);
  }

  void write(Exposition out) {
    out.counters(
        "emque_auth_failures_total",
        "Callers whose credential was refused, and what was forbidden to those who are known.",
        samples -> {
          refused.forEach(
              (reason, episode) ->
                  samples.add(
                      episode.count.sum(), "reason", reason.name().toLowerCase(Locale.ROOT)));
          samples.add(forbidden.count.sum(), "reason", "forbidden");
        });
    out.counter(
        "emque_auth_streams_ended_total",
        "Streams ended because their credential expired, was revoked or may do less now.",
        ended.sum());
  }

  private static final class Episode {
    final LongAdder count = new LongAdder();
    private final LongAdder unsaid = new LongAdder();
    private final AtomicLong quietUntil = new AtomicLong(System.nanoTime());

    void happened(String who, String message) {
      count.increment();
      long now = System.nanoTime();
      long until = quietUntil.get();
      if (now - until < 0 || !quietUntil.compareAndSet(until, now + QUIET_NANOS)) {
        unsaid.increment();
        return;
      }
      long more = unsaid.sumThenReset();
      LOG.log(
          WARNING,
          () ->
              "refused "
                  + who
                  + ": "
                  + message
                  + (more == 0 ? "" : " (" + more + " more since the last such line)"));
    }
  }
}
