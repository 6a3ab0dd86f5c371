package io.emque.transport.http;

import io.helidon.http.Headers;
import java.util.Arrays;

/** The WebSocket sub-protocol {@code emque.v1}. */
final class SubProtocol {
  static final String V1 = "emque.v1";

  private SubProtocol() {}

  /** Whether the client offers it; it is chosen then, whatever else is offered. */
  static boolean isOffered(Headers headers) {
    return headers.values(Names.SUB_PROTOCOL).stream()
        .flatMap(value -> Arrays.stream(value.split(",")))
        .anyMatch(protocol -> protocol.strip().equals(V1));
  }
}
