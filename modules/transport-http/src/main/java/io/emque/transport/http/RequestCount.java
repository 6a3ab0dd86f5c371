package io.emque.transport.http;

import io.emque.api.ErrorCode;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/** Counts answers as they begin, and says when requests begin and end. */
final class RequestCount {
  private static final int SWITCHING_PROTOCOLS = 101;

  private final TrafficMetrics traffic;

  RequestCount(TrafficMetrics traffic) {
    this.traffic = traffic;
  }

  void filter(FilterChain chain, RoutingRequest req, RoutingResponse res) {
    ConnectionWatch watch = ConnectionWatch.CURRENT.get();
    Patience patience = watch.patience();
    patience.requestBegins();
    Thread thread = Thread.currentThread();
    res.beforeSend(
        () -> {
          count(req, res);
          if (watch.http2()) {
            patience.answering(req.id(), () -> watch.shieldedWriter().interrupt(thread));
          }
        });
    try {
      chain.proceed();
    } finally {
      patience.answered(req.id());
      patience.requestEnds();
    }
  }

  /** Before the answer is written: who has read it finds it counted. */
  private void count(RoutingRequest req, RoutingResponse res) {
    int status = res.status().code();
    traffic.answered(req.prologue().uriPath().rawPath(), status);
    if (status == SWITCHING_PROTOCOLS) {
      traffic.upgraded();
    }
    if (res.headers().contains(Names.ERROR)) {
      traffic.refused(ErrorCode.valueOf(res.headers().get(Names.ERROR).get()));
    }
  }
}
