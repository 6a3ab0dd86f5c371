package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which pages may use the broker: those of its own host and port, and those of listed origins. A
 * request without an {@code Origin} does not come from a foreign page.
 */
final class OriginPolicy {
  private static final HeaderName ALLOW_ORIGIN = HeaderNames.create("Access-Control-Allow-Origin");
  private static final HeaderName ALLOW_CREDENTIALS =
      HeaderNames.create("Access-Control-Allow-Credentials");
  private static final HeaderName EXPOSE = HeaderNames.create("Access-Control-Expose-Headers");
  private static final String EXPOSED =
      "Emque-Epoch, Emque-Offset, Emque-Ack, Emque-Count, Emque-Duplicate, Emque-Error";

  private static final String PREFLIGHT_SECONDS = "3600";

  /** Of pages in a sandbox and of files, whoever they are from. */
  private static final String NOBODY = "null";

  private final List<String> allowed;
  private final boolean cookies;

  /**
   * @param cookies whether a request's cookie says who the caller is
   */
  OriginPolicy(List<String> allowed, boolean cookies) {
    this.cookies = cookies;
    this.allowed = allowed.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).toList();
  }

  void filter(FilterChain chain, RoutingRequest req, RoutingResponse res) {
    String origin = req.headers().first(HeaderNames.ORIGIN).orElse(null);
    if (origin != null) {
      boolean listed = isListed(origin);
      if (!listed && !isOwn(origin, req.authority())) {
        throw new BrokerException(
            ErrorCode.ORIGIN_REFUSED,
            "origin "
                + shown(origin)
                + " is not this server's own; list it in --allow_origins to let its pages in");
      }
      if (listed) {
        res.headers().set(ALLOW_ORIGIN, origin);
        if (cookies && isListedByName(origin)) {
          res.headers().set(ALLOW_CREDENTIALS, "true"); // never for *: it would be everybody's page
        }
        res.headers().set(EXPOSE, EXPOSED);
        res.headers().add(HeaderNames.VARY, "Origin");
        if (isPreflight(req)) {
          answerPreflight(req, res);
          return;
        }
      }
    }
    chain.proceed();
  }

  /** A browser asks first whether a page may send such a request (Fetch, section 3.3.2). */
  private static boolean isPreflight(RoutingRequest req) {
    return req.prologue().method().equals(Method.OPTIONS)
        && req.headers().contains(HeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
  }

  private static void answerPreflight(RoutingRequest req, RoutingResponse res) {
    res.headers().set(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE");
    req.headers()
        .first(HeaderNames.ACCESS_CONTROL_REQUEST_HEADERS)
        .ifPresent(asked -> res.headers().set(HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, asked));
    res.headers().set(HeaderNames.ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    res.status(Status.NO_CONTENT_204).send();
  }

  /** Whether it is this server's own, or listed by its name. */
  boolean isNamed(String origin, @Nullable String host) {
    return isOwn(origin, host) || isListedByName(origin);
  }

  private boolean isListed(String origin) {
    return allowed.contains("*") || allowed.contains(origin.toLowerCase(Locale.ROOT));
  }

  private boolean isListedByName(String origin) {
    String name = origin.toLowerCase(Locale.ROOT);
    return !name.equals(NOBODY) && !name.equals("*") && allowed.contains(name);
  }

  /** Host and port decide; the scheme may have been changed by a proxy in front. */
  private static boolean isOwn(String origin, @Nullable String host) {
    int scheme = origin.indexOf("://");
    if (scheme < 0 || host == null) {
      return false;
    }
    String rest = origin.substring(scheme + 3);
    boolean tls = origin.regionMatches(true, 0, "https", 0, 5);
    return withPort(rest, tls).equalsIgnoreCase(withPort(host, tls));
  }

  private static String withPort(String host, boolean tls) {
    int colon = host.lastIndexOf(':');
    boolean port = colon >= 0 && colon > host.lastIndexOf(']');
    return port ? host : host + (tls ? ":443" : ":80");
  }

  private static String shown(String origin) {
    return origin.length() > 100 ? origin.substring(0, 100) + "…" : origin;
  }
}
