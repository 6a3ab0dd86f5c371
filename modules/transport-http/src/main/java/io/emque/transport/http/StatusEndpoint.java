package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.engine.BrokerStats;
import io.emque.engine.LogBroker;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.function.BooleanSupplier;

/** {@code /health/live}, {@code /health/ready}, {@code /metrics} and {@code /}. */
final class StatusEndpoint {
  private final LogBroker broker;
  private final BooleanSupplier draining;

  StatusEndpoint(LogBroker broker, BooleanSupplier draining) {
    this.broker = broker;
    this.draining = draining;
  }

  void live(ServerRequest req, ServerResponse res) {
    text(res, "live\n");
  }

  void ready(ServerRequest req, ServerResponse res) {
    if (draining.getAsBoolean()) {
      throw new BrokerException(ErrorCode.DRAINING, "the broker is stopping; use another one");
    }
    broker
        .trouble()
        .ifPresent(
            why -> {
              throw new BrokerException(ErrorCode.OVERLOADED, why + "; use another broker");
            });
    text(res, "ready\n");
  }

  void home(ServerRequest req, ServerResponse res) {
    String at = (req.isSecure() ? "https://" : "http://") + req.authority();
    text(
        res,
        """
        This is Emque, a message broker. Talk to it with curl:
          curl -kN '%s/sub?topic=foo'
          curl -k -d 'hello' '%s/pub?topic=foo'
        """
            .formatted(at, at));
  }

  void metrics(ServerRequest req, ServerResponse res) {
    BrokerStats stats = broker.stats();
    var text = new StringBuilder();
    metric(
        text, "emque_messages_published_total", "counter", "Messages appended.", stats.published());
    metric(
        text,
        "emque_messages_duplicate_total",
        "counter",
        "Publishes answered as duplicates.",
        stats.duplicates());
    metric(
        text,
        "emque_messages_refused_total",
        "counter",
        "Publishes refused for want of room.",
        stats.refused());
    metric(
        text,
        "emque_messages_delivered_total",
        "counter",
        "Messages written to subscribers.",
        stats.delivered());
    metric(
        text,
        "emque_messages_missed_total",
        "counter",
        "Messages that slow subscribers missed.",
        stats.missed());
    metric(
        text,
        "emque_subscribers_evicted_total",
        "counter",
        "Slow subscribers that were closed.",
        stats.evicted());
    metric(text, "emque_topics", "gauge", "Topics now.", stats.topics());
    metric(text, "emque_subscribers", "gauge", "Subscribers now.", stats.subscribers());
    metric(
        text,
        "emque_log_bytes",
        "gauge",
        "Memory of all logs and stalled writes.",
        stats.memoryBytes());
    metric(
        text,
        "emque_log_pinned_bytes",
        "gauge",
        "The part held by stalled writes alone.",
        stats.pinnedBytes());
    res.header(HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    res.send(text.toString());
  }

  private static void metric(
      StringBuilder text, String name, String type, String help, long value) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    text.append(name).append(' ').append(value).append('\n');
  }

  private static void text(ServerResponse res, String text) {
    res.header(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    res.send(text);
  }
}
