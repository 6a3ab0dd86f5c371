package io.emque.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;

/** The opening handshake (RFC 6455, section 4.2). */
final class Handshake {
  static final HeaderName KEY = HeaderNames.create("Sec-WebSocket-Key");
  static final HeaderName VERSION = HeaderNames.create("Sec-WebSocket-Version");
  static final HeaderName ACCEPT = HeaderNames.create("Sec-WebSocket-Accept");
  static final HeaderName PROTOCOL = HeaderNames.create("Sec-WebSocket-Protocol");
  static final String SUPPORTED_VERSION = "13";

  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private Handshake() {}

  /** Whether the request asks for an upgrade at all: the Connection header lists it. */
  static boolean isAsked(Headers headers) {
    return headers.contains(HeaderNames.CONNECTION)
        && headers.get(HeaderNames.CONNECTION).allValues().stream()
            .flatMap(value -> Arrays.stream(value.split(",")))
            .anyMatch(token -> token.trim().toLowerCase(Locale.ROOT).equals("upgrade"));
  }

  /** The answer to a key. The key need not be 16 bytes in Base64: clients of old send others. */
  static String accept(String key) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(US_ASCII));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }
}
