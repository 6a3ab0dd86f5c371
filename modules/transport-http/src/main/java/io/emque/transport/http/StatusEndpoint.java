package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.spi.Action;
import io.emque.transport.http.access.Caller;
import io.emque.transport.http.metrics.Exposition;
import io.emque.transport.http.metrics.MetricsSource;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;

/** {@code /health/live}, {@code /health/ready}, {@code /metrics} and {@code /}. */
final class StatusEndpoint {
  private final Health health;
  private final List<MetricsSource> metrics;

  StatusEndpoint(Health health, List<MetricsSource> metrics) {
    this.health = health;
    this.metrics = metrics;
  }

  void live(ServerRequest req, ServerResponse res) {
    if (!health.isLive()) {
      throw new BrokerException(
          ErrorCode.INTERNAL,
          "a message did not come through the broker within "
              + health.limit().toSeconds()
              + " s; start it again");
    }
    text(req, res, "live\n");
  }

  void ready(ServerRequest req, ServerResponse res) {
    if (health.draining()) {
      throw new BrokerException(ErrorCode.DRAINING, "the broker is stopping; use another one");
    }
    health
        .trouble()
        .ifPresent(
            why -> {
              throw new BrokerException(ErrorCode.OVERLOADED, why + "; use another broker");
            });
    text(req, res, "ready\n");
  }

  void home(ServerRequest req, ServerResponse res) {
    String at = (req.isSecure() ? "https://" : "http://") + req.authority();
    text(
        req,
        res,
        """
        This is Emque, a message broker. Talk to it with curl:
          curl -kN '%s/sub?topic=foo'
          curl -k -d 'hello' '%s/pub?topic=foo'
        """
            .formatted(at, at));
  }

  void metrics(ServerRequest req, ServerResponse res) {
    Caller.CURRENT.get().require(Action.METRICS, "");
    var out = new Exposition();
    metrics.forEach(source -> source.write(out));
    res.header(HeaderNames.CONTENT_TYPE, Exposition.CONTENT_TYPE);
    res.header(HeaderNames.CACHE_CONTROL, "no-store");
    Content.send(req, res, out.toString().getBytes(UTF_8));
  }

  private static void text(ServerRequest req, ServerResponse res, String text) {
    res.header(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    Content.send(req, res, text.getBytes(UTF_8));
  }
}
