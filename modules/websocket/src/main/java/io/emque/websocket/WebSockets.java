package io.emque.websocket;

import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnectionSelector;

/** Gives a Helidon server this module's WebSocket connections. */
public final class WebSockets {
  private static final String NAME = "websocket";

  private WebSockets() {}

  /**
   * HTTP/1.1 with WebSocket upgrades; hand it to {@code
   * WebServerConfig.Builder.addConnectionSelector}. Routes are those of the server's {@code
   * WsRouting}.
   */
  public static ServerConnectionSelector http1Selector(
      Http1Config http1, WebSocketOptions options) {
    var upgrader = new Upgrader(options);
    var builder = Http1ConnectionSelector.builder().config(http1);
    // Helidon looks the Upgrade header's value up as it came; RFC 6455, section 4.2.1 wants any
    // case.
    for (int spelling = 0; spelling < 1 << NAME.length(); spelling++) {
      builder.putUpgrader(spelled(spelling), upgrader);
    }
    return new UpgradableSelector(builder.build());
  }

  private static String spelled(int upperCase) {
    var name = new StringBuilder(NAME);
    for (int i = 0; i < NAME.length(); i++) {
      if ((upperCase >> i & 1) == 1) {
        name.setCharAt(i, Character.toUpperCase(NAME.charAt(i)));
      }
    }
    return name.toString();
  }
}
