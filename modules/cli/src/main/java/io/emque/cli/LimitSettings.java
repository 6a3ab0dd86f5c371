package io.emque.cli;

import io.emque.engine.EngineOptions;
import io.emque.transport.http.limits.Heads;
import io.emque.transport.http.limits.Limits;
import io.emque.transport.http.limits.Rate;
import io.emque.transport.http.limits.Timeouts;

/** What the flags of "Limits" say. */
final class LimitSettings {
  private static final int AS_MACHINE_ALLOWS = 0;

  private final Settings settings;

  LimitSettings(Settings settings) {
    this.settings = settings;
  }

  /**
   * Limits of the port.
   *
   * @throws IllegalArgumentException a value outside its rule
   */
  Limits limits() throws UsageException {
    return new Limits(
        settings.text("max_connections").isEmpty() ? AS_MACHINE_ALLOWS : whole("max_connections"),
        whole("max_connections_per_address"),
        whole("max_subscriptions"),
        rate("address"),
        rate("identity"),
        settings.text("inflight_bytes").isEmpty()
            ? Limits.DEFAULT.inFlightBytes()
            : settings.size("inflight_bytes"),
        new Timeouts(
            settings.duration("handshake_timeout"),
            settings.duration("request_timeout"),
            settings.duration("idle_timeout"),
            settings.duration("write_timeout")),
        new Heads(
            (int) Math.min(Integer.MAX_VALUE, settings.size("max_line_bytes")),
            (int) Math.min(Integer.MAX_VALUE, settings.size("max_header_bytes")),
            whole("max_streams")));
  }

  /** How many topics there may be. */
  int maxTopics() throws UsageException {
    return settings.text("max_topics").isEmpty()
        ? EngineOptions.DEFAULT.maxTopics()
        : whole("max_topics");
  }

  private Rate rate(String of) throws UsageException {
    return new Rate(
        settings.number("publish_rate_per_" + of), settings.size("publish_bytes_per_" + of));
  }

  private int whole(String name) throws UsageException {
    long number = settings.number(name);
    if (number > Integer.MAX_VALUE) {
      throw new UsageException(name + " must be at most " + Integer.MAX_VALUE + ", got " + number);
    }
    return (int) number;
  }
}
