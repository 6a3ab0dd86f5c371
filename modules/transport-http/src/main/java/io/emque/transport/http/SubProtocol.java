package io.emque.transport.http;

import io.helidon.http.Headers;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a WebSocket client offers in {@code Sec-WebSocket-Protocol}. */
final class SubProtocol {
  /** Frames are messages of protobuf. */
  static final String V1 = "emque.v1";

  /**
   * Frames are payloads, as without any. For browsers, which want one of their offers to be taken:
   * a token is none that could be.
   */
  static final String PLAIN = "emque.plain";

  /** How a token begins that is sent as if it were a sub-protocol. */
  private static final String TOKEN = "bearer.";

  private SubProtocol() {}

  /** Whether the client offers {@link #V1}; it is chosen then, whatever else is offered. */
  static boolean isOffered(Headers headers) {
    return offered(headers).anyMatch(V1::equals);
  }

  /** What is chosen; null for none. */
  static @Nullable String chosen(Headers headers) {
    if (isOffered(headers)) {
      return V1;
    }
    return offered(headers).anyMatch(PLAIN::equals) ? PLAIN : null;
  }

  /** The token among the offers; null for none. */
  static @Nullable String token(Headers headers) {
    return offered(headers)
        .filter(protocol -> protocol.startsWith(TOKEN))
        .findFirst()
        .map(protocol -> protocol.substring(TOKEN.length()))
        .orElse(null);
  }

  private static Stream<String> offered(Headers headers) {
    return headers.values(Names.SUB_PROTOCOL).stream()
        .flatMap(value -> Arrays.stream(value.split(",")))
        .map(String::strip);
  }
}
