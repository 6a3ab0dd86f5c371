package io.emque.websocket;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.util.Arrays;
import java.util.Locale;

/** The opening handshake (RFC 6455, section 4.2). */
final class Handshake {
  static final HeaderName KEY = HeaderNames.create("Sec-WebSocket-Key");
  static final HeaderName VERSION = HeaderNames.create("Sec-WebSocket-Version");
  static final HeaderName ACCEPT = HeaderNames.create("Sec-WebSocket-Accept");
  static final HeaderName PROTOCOL = HeaderNames.create("Sec-WebSocket-Protocol");
  static final String SUPPORTED_VERSION = "13";

  private Handshake() {}

  /** Whether the request asks for an upgrade at all: the Connection header lists it. */
  static boolean isAsked(Headers headers) {
    return headers.contains(HeaderNames.CONNECTION)
        && headers.get(HeaderNames.CONNECTION).allValues().stream()
            .flatMap(value -> Arrays.stream(value.split(",")))
            .anyMatch(token -> token.trim().toLowerCase(Locale.ROOT).equals("upgrade"));
  }
}
