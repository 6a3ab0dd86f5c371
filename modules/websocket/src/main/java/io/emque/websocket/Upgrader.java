package io.emque.websocket;

import static java.util.Objects.requireNonNullElse;

import io.emque.frames.Handshakes;
import io.helidon.http.BadRequestException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.http.NotFoundException;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.spi.Http1RoutedUpgrade;
import io.helidon.webserver.http1.spi.Http1RoutedUpgrader;
import io.helidon.webserver.http1.spi.Http1UpgradeResponse;
import io.helidon.webserver.http1.spi.Http1UpgradeResult;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.websocket.WsRoute;
import io.helidon.webserver.websocket.WsRouting;
import io.helidon.websocket.WsListener;
import io.helidon.websocket.WsUpgradeException;
import java.util.Optional;

/** Answers upgrade requests for paths with a WebSocket route, inside HTTP routing. */
final class Upgrader implements Http1RoutedUpgrader {
  private final WebSocketOptions options;

  Upgrader(WebSocketOptions options) {
    this.options = options;
  }

  @Override
  public String supportedProtocol() {
    return "websocket";
  }

  @Override
  public Optional<Http1RoutedUpgrade> routedUpgrade(
      ConnectionContext context, HttpPrologue prologue, WritableHeaders<?> headers) {
    if (!prologue.method().equals(Method.GET) || !Handshake.isAsked(headers)) {
      return Optional.empty();
    }
    WsRoute route;
    try {
      route = context.router().routing(WsRouting.class, WsRouting.empty()).findRoute(prologue);
    } catch (NotFoundException | IllegalArgumentException malformedPath) {
      return Optional.empty(); // ordinary routing answers
    }
    return Optional.of(
        (response, requestHeaders) -> upgrade(context, prologue, route, response, requestHeaders));
  }

  private Http1UpgradeResult upgrade(
      ConnectionContext context,
      HttpPrologue prologue,
      WsRoute route,
      Http1UpgradeResponse response,
      Headers headers) {
    String version = headers.first(Handshake.VERSION).orElse("");
    if (!version.equals(Handshake.SUPPORTED_VERSION)) {
      response.headers().set(HeaderValues.create(Handshake.VERSION, Handshake.SUPPORTED_VERSION));
      throw new BadRequestException(
          "Sec-WebSocket-Version \"" + version + "\" is not supported; send 13");
    }
    String key = headers.first(Handshake.KEY).orElse("");
    if (key.isBlank()) {
      throw new BadRequestException("Sec-WebSocket-Key is missing; send 16 random bytes in Base64");
    }
    WsListener listener = route.listener();
    WritableHeaders<?> answer = WritableHeaders.create();
    try {
      listener.onHttpUpgrade(prologue, headers).ifPresent(more -> more.forEach(answer::set));
    } catch (WsUpgradeException e) {
      throw new BadRequestException(requireNonNullElse(e.getMessage(), "upgrade refused"), e);
    }
    answer.set(HeaderValues.create(HeaderNames.CONNECTION, "Upgrade"));
    answer.set(HeaderValues.create(HeaderNames.UPGRADE, "websocket"));
    answer.set(HeaderValues.create(Handshake.ACCEPT, Handshakes.accept(key)));
    var session =
        new Session(context, options.closeTimeout(), answer.first(Handshake.PROTOCOL).orElse(null));
    var connection = new Connection(context, listener, session, options);
    try {
      response.sendSwitchingProtocols(answer);
    } catch (RuntimeException e) {
      connection.neverOpened(e);
      throw e;
    }
    return Http1UpgradeResult.upgraded(connection);
  }

  /** Not called: {@link #routedUpgrade} takes its place. */
  @Override
  public ServerConnection upgrade(
      ConnectionContext context, HttpPrologue prologue, WritableHeaders<?> headers) {
    throw new IllegalStateException("upgrades go through HTTP routing");
  }
}
