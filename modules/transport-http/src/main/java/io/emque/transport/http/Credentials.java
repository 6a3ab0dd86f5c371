package io.emque.transport.http;

import io.emque.api.spi.Credential;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.webserver.http.RoutingRequest;
import org.jspecify.annotations.Nullable;

/**
 * Finds the credential of a request: {@code Authorization: Bearer}, else {@code bearer.TOKEN} among
 * the sub-protocols of a WebSocket, else the cookie, else, where that is switched on, the query.
 * And the certificate of the connection.
 */
final class Credentials {
  private static final String BEARER = "Bearer ";
  private static final String COOKIE = "emque_token";
  private static final HeaderName FETCH_SITE = HeaderNames.create("Sec-Fetch-Site");

  private final OriginPolicy origins;
  private final boolean fromQuery;

  Credentials(OriginPolicy origins, boolean fromQuery) {
    this.origins = origins;
    this.fromQuery = fromQuery;
  }

  Credential of(RoutingRequest req) {
    return new Credential(
        token(req),
        isOwnPage(req) ? ConnectionWatch.CURRENT.get().remotePeer().certificate() : null);
  }

  private @Nullable String token(RoutingRequest req) {
    Headers headers = req.headers();
    String authorization = headers.first(HeaderNames.AUTHORIZATION).orElse(null);
    if (authorization != null) {
      return bearer(authorization);
    }
    String protocol = SubProtocol.token(headers);
    if (protocol != null) {
      return protocol;
    }
    String cookie = cookie(headers);
    if (cookie != null && isOwnPage(req)) {
      return cookie;
    }
    return fromQuery ? Query.parse(req.prologue().query().rawValue()).get("token") : null;
  }

  /** The token; empty, which none is, for another scheme. */
  static String bearer(String authorization) {
    return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? authorization.substring(BEARER.length()).strip()
        : "";
  }

  private static @Nullable String cookie(Headers headers) {
    for (String line : headers.values(HeaderNames.COOKIE)) {
      for (String pair : line.split(";")) {
        int equals = pair.indexOf('=');
        if (equals > 0 && pair.substring(0, equals).strip().equals(COOKIE)) {
          return pair.substring(equals + 1).strip();
        }
      }
    }
    return null;
  }

  /**
   * Browsers send cookies and certificates along whichever page asks. Where they say which, it must
   * be one of ours, by name; a request that does not say is no foreign page's that could read the
   * answer.
   */
  private boolean isOwnPage(RoutingRequest req) {
    String origin = req.headers().first(HeaderNames.ORIGIN).orElse(null);
    if (origin != null) {
      return origins.isNamed(origin, req.authority());
    }
    String site = req.headers().first(FETCH_SITE).orElse("none");
    return site.equals("same-origin") || site.equals("none");
  }
}
