package io.emque.transport.http.metrics;

import static java.util.Objects.requireNonNull;

import io.emque.api.ErrorCode;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Connections, requests, calls and refusals of a port. Any thread. */
public final class TrafficMetrics implements MetricsSource {
  /** Paths that are told apart; whatever else is asked for is {@value #OTHER}. */
  private static final Set<String> ROUTES =
      Set.of(
          "/",
          "/pub",
          "/sub",
          "/topics",
          "/stats",
          "/health/live",
          "/health/ready",
          "/metrics",
          "/emque.js",
          "/openapi.json",
          "/asyncapi.json");

  private static final String OTHER = "other";
  private static final String UNDER_TOPICS = "/topics/";
  private static final String UNDER_CONSOLE = "/console/";

  private final LongAdder connections = new LongAdder();
  private final LongAdder http1 = new LongAdder();
  private final LongAdder http2 = new LongAdder();
  private final LongAdder webSockets = new LongAdder();
  private final Map<ErrorCode, LongAdder> refusals = new EnumMap<>(ErrorCode.class);
  private final Map<Request, LongAdder> requests = new ConcurrentHashMap<>();
  private final Map<Call, LongAdder> calls = new ConcurrentHashMap<>();

  /** Nothing has come yet. */
  public TrafficMetrics() {
    for (ErrorCode code : ErrorCode.values()) {
      refusals.put(code, new LongAdder());
    }
  }

  /** A connection whose protocol is known now. */
  public void opened(boolean isHttp2) {
    connections.increment();
    (isHttp2 ? http2 : http1).increment();
  }

  /** What {@link #opened} told of has ended. */
  public void closed(boolean isHttp2) {
    (isHttp2 ? http2 : http1).decrement();
  }

  /** Connections that are open now and whose protocol is known. */
  public long open() {
    return http1.sum() + http2.sum();
  }

  /** A connection of HTTP/1.1 has become a WebSocket; it stays counted there. */
  public void upgraded() {
    webSockets.increment();
  }

  /** Connections now. */
  public long connections() {
    return http1.sum() + http2.sum();
  }

  /** Something was refused, by whatever protocol. */
  public void refused(ErrorCode code) {
    requireNonNull(refusals.get(code)).increment();
  }

  /** An answer is about to be written. */
  public void answered(String path, int status) {
    var request = new Request(route(path), status);
    LongAdder known = requests.get(request);
    (known == null ? requests.computeIfAbsent(request, r -> new LongAdder()) : known).increment();
  }

  private static String route(String path) {
    if (path.startsWith(UNDER_TOPICS)) {
      return "/topics";
    }
    return path.startsWith(UNDER_CONSOLE) ? "/console" : ROUTES.contains(path) ? path : OTHER;
  }

  /**
   * A call of gRPC has ended.
   *
   * @param method one that is there, as {@code mq.MQ/Pub}
   */
  public void called(String method, String status) {
    calls.computeIfAbsent(new Call(method, status), call -> new LongAdder()).increment();
  }

  @Override
  public void write(Exposition out) {
    out.gauges(
        "emque_connections",
        "Connections now.",
        samples -> {
          samples.add(http1.sum(), "protocol", "http1");
          samples.add(http2.sum(), "protocol", "http2");
        });
    out.counter("emque_connections_opened_total", "Connections accepted.", connections.sum());
    out.counter(
        "emque_websockets_opened_total", "Connections that became WebSockets.", webSockets.sum());
    out.counters(
        "emque_http_requests_total",
        "Answers begun; a stream is one.",
        samples ->
            new TreeMap<>(requests)
                .forEach(
                    (request, count) ->
                        samples.add(
                            count.sum(),
                            "route",
                            request.route,
                            "status",
                            Integer.toString(request.status))));
    out.counters(
        "emque_grpc_calls_total",
        "Calls that have ended.",
        samples ->
            new TreeMap<>(calls)
                .forEach(
                    (call, count) ->
                        samples.add(count.sum(), "method", call.method, "status", call.status)));
    out.counters(
        "emque_refusals_total",
        "Requests, messages and streams refused or ended with an error.",
        samples ->
            refusals.forEach((code, count) -> samples.add(count.sum(), "code", code.name())));
  }

  private record Request(String route, int status) implements Comparable<Request> {
    @Override
    public int compareTo(Request other) {
      int byRoute = route.compareTo(other.route);
      return byRoute != 0 ? byRoute : Integer.compare(status, other.status);
    }
  }

  private record Call(String method, String status) implements Comparable<Call> {
    @Override
    public int compareTo(Call other) {
      int byMethod = method.compareTo(other.method);
      return byMethod != 0 ? byMethod : status.compareTo(other.status);
    }
  }
}
