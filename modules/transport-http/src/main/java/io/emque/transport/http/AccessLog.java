package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One line per request: Common Log Format, or a JSON object. A stream's line is written when it
 * ends.
 */
final class AccessLog {
  private static final DateTimeFormatter CLF_TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT);

  private static final Set<String> SECRETS = Set.of("token", "access_token");
  private static final ScopedValue<long[]> STREAMED = ScopedValue.newInstance();

  private final Consumer<String> sink;
  private final boolean json;

  AccessLog(Consumer<String> sink, boolean json) {
    this.sink = sink;
    this.json = json;
  }

  void filter(FilterChain chain, RoutingRequest req, RoutingResponse res) {
    Instant start = Instant.now();
    var streamed = new long[1];
    try {
      ScopedValue.where(STREAMED, streamed).run(chain::proceed);
    } finally {
      long bytes = res.headers().contentLength().orElse(streamed[0]);
      int status = res.status().code();
      sink.accept(json ? json(req, start, status, bytes) : common(req, start, status, bytes));
    }
  }

  /** Counts the bytes of an answer that has no length; called by the request's thread. */
  static void streamed(long bytes) {
    if (STREAMED.isBound()) {
      STREAMED.get()[0] += bytes;
    }
  }

  private static String common(RoutingRequest req, Instant start, int status, long bytes) {
    return ConnectionWatch.CURRENT.get().remotePeer().host()
        + " - - ["
        + OffsetDateTime.ofInstant(start, ZoneId.systemDefault()).format(CLF_TIME)
        + "] \""
        + printable(req.prologue().method().text())
        + ' '
        + printable(target(req))
        + ' '
        + req.prologue().rawProtocol()
        + "\" "
        + status
        + ' '
        + bytes;
  }

  private static String json(RoutingRequest req, Instant start, int status, long bytes) {
    return JsonText.object(
        out -> {
          out.putUtf8("{\"time\":\"").putUtf8(start.toString()).putUtf8("\",\"remote\":");
          JsonText.string(out, ConnectionWatch.CURRENT.get().remotePeer().host());
          out.putUtf8(",\"method\":");
          JsonText.string(out, req.prologue().method().text());
          out.putUtf8(",\"target\":");
          JsonText.string(out, target(req));
          out.putUtf8(",\"protocol\":");
          JsonText.string(out, req.prologue().rawProtocol());
          out.putUtf8(",\"status\":").putNumber(status);
          out.putUtf8(",\"bytes\":").putNumber(bytes);
          out.putUtf8(",\"userAgent\":");
          JsonText.string(out, req.headers().first(HeaderNames.USER_AGENT).orElse(""));
          out.put('}');
        });
  }

  private static String target(RoutingRequest req) {
    String query = req.prologue().query().rawValue();
    String path = req.prologue().uriPath().rawPath();
    return query.isEmpty() ? path : path + '?' + withoutSecrets(query);
  }

  /** The query with the values of secret parameters masked, however their names are written. */
  static String withoutSecrets(String query) {
    if (!query.contains("%") && !query.contains("token")) {
      return query;
    }
    return Stream.of(query.split("&", -1)).map(AccessLog::masked).collect(Collectors.joining("&"));
  }

  private static String masked(String parameter) {
    int equals = parameter.indexOf('=');
    if (equals < 0) {
      return parameter;
    }
    try {
      String name = Query.decode(parameter.substring(0, equals), true);
      return SECRETS.contains(name) ? parameter.substring(0, equals + 1) + "***" : parameter;
    } catch (BrokerException malformed) {
      return parameter; // the request is refused
    }
  }

  /** A quote or control character must not be able to forge a line. */
  private static String printable(String text) {
    return text.chars().allMatch(c -> c > 0x1f && c != '"' && c != 0x7f)
        ? text
        : text.replaceAll("[\\x00-\\x1f\"\\x7f]", "?");
  }
}
