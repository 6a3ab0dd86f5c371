package io.emque.transport.http;

import static java.lang.System.Logger.Level.ERROR;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.transport.http.limits.Rates;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.HttpException;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Every error answer: a status, a code, and one line that says what was wrong and the way out. */
final class Errors {
  private static final System.Logger LOG = System.getLogger(Errors.class.getName());
  private static final String RETRY_SECONDS = "1";

  private Errors() {}

  /** Errors of handlers. */
  static void route(HttpRouting.Builder routing) {
    routing.error(BrokerException.class, (req, res, e) -> answer(req, res, e));
    routing.error(
        HttpException.class,
        (req, res, e) -> {
          ErrorCode code = code(e.status().code());
          String message = e.getMessage();
          answer(req, res, e.status().code(), code, message == null ? code.name() : message);
        });
    routing.error(
        RuntimeException.class,
        (req, res, e) -> {
          LOG.log(ERROR, () -> "request failed: " + req.prologue().uriPath().rawPath(), e);
          answer(req, res, ErrorCode.INTERNAL, "the broker failed; its log says how");
        });
  }

  /** Errors that Helidon finds before any handler. */
  static DirectHandlers direct(TrafficMetrics traffic) {
    var handlers = DirectHandlers.builder();
    for (var type : DirectHandler.EventType.values()) {
      handlers.addHandler(
          type,
          (request, event, status, headers, message) -> {
            traffic.answered("", status.code());
            traffic.refused(code(status.code()));
            return direct(request, status, headers, message);
          });
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse direct(
      DirectHandler.TransportRequest request,
      Status status,
      ServerResponseHeaders headers,
      @Nullable String message) {
    ErrorCode code = code(status.code());
    String line =
        switch (status.code()) {
          case 414 -> "the first line is too long; send a shorter URL, or raise --max_line_bytes";
          case 505 -> "HTTP/1.0 is not spoken here; use HTTP/1.1 or 2";
          default -> words(status, message);
        };
    headers.set(Names.ERROR, code.name());
    headers.set(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    // Over HTTP/2 the server writes its own message where it announces this entity's length.
    boolean http2 = request.protocolVersion().startsWith("2");
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .keepAlive(false)
        .entity(
            http2
                ? (message == null ? "" : message).getBytes(UTF_8)
                : (line + "\n").getBytes(UTF_8))
        .build();
  }

  private static String words(Status status, @Nullable String message) {
    return message == null || message.isBlank() ? status.reasonPhrase() : oneLine(message);
  }

  static void answer(ServerRequest req, ServerResponse res, BrokerException refusal) {
    refusal
        .retryAfter()
        .ifPresent(
            after -> res.header(HeaderNames.RETRY_AFTER, Long.toString(Rates.seconds(after))));
    answer(req, res, refusal.code(), refusal.getMessage());
  }

  static void answer(ServerRequest req, ServerResponse res, ErrorCode code, String message) {
    answer(req, res, code.httpStatus(), code, message);
  }

  private static void answer(
      ServerRequest req, ServerResponse res, int status, ErrorCode code, String message) {
    if (res.isSent()) {
      return;
    }
    res.status(Status.create(status));
    res.header(Names.ERROR, code.name());
    boolean retryable = status == 429 || status == 503;
    if (retryable && !res.headers().contains(HeaderNames.RETRY_AFTER)) {
      res.header(HeaderNames.RETRY_AFTER, RETRY_SECONDS);
    }
    if (code == ErrorCode.UNAUTHENTICATED) {
      res.header(Names.CHALLENGE, challenge(req));
    }
    String line = oneLine(message);
    try {
      if (wantsJson(req.headers())) {
        res.header(HeaderNames.CONTENT_TYPE, "application/problem+json");
        Content.send(req, res, problem(status, code, line).getBytes(UTF_8));
      } else {
        res.header(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        Content.send(req, res, (line + "\n").getBytes(UTF_8));
      }
    } catch (CloseConnectionException | SocketWriterException | UncheckedIOException gone) {
      // Nobody is there to be told. Helidon would take the refusal for a fault, and log it.
    }
  }

  /** RFC 6750, section 3: what was wrong is said to those alone who have shown a credential. */
  private static String challenge(ServerRequest req) {
    boolean shown =
        req.headers().contains(HeaderNames.AUTHORIZATION)
            || SubProtocol.token(req.headers()) != null;
    return "Bearer realm=\"emque\"" + (shown ? ", error=\"invalid_token\"" : "");
  }

  private static boolean wantsJson(Headers headers) {
    return headers.values(HeaderNames.ACCEPT).stream()
        .map(accept -> accept.toLowerCase(Locale.ROOT))
        .anyMatch(a -> a.contains("application/problem+json") || a.contains("application/json"));
  }

  /** RFC 9457. */
  private static String problem(int status, ErrorCode code, String line) {
    return JsonText.object(
        out -> {
          out.putUtf8("{\"type\":\"about:blank\",\"status\":").putNumber(status);
          out.putUtf8(",\"title\":");
          JsonText.string(out, code.name());
          out.putUtf8(",\"code\":");
          JsonText.string(out, code.name());
          out.putUtf8(",\"detail\":");
          JsonText.string(out, line);
          out.put('}').put('\n');
        });
  }

  private static String oneLine(String message) {
    return message.replace('\r', ' ').replace('\n', ' ');
  }

  private static ErrorCode code(int status) {
    return switch (status) {
      case 401 -> ErrorCode.UNAUTHENTICATED;
      case 403 -> ErrorCode.FORBIDDEN;
      case 404 -> ErrorCode.NOT_FOUND;
      case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
      case 413 -> ErrorCode.MESSAGE_TOO_LARGE;
      case 429 -> ErrorCode.RATE_LIMITED;
      case 503 -> ErrorCode.OVERLOADED;
      case 501, 505 -> ErrorCode.QUERY_INVALID; // what the client asks for is not to be had
      default -> status >= 500 ? ErrorCode.INTERNAL : ErrorCode.QUERY_INVALID;
    };
  }
}
