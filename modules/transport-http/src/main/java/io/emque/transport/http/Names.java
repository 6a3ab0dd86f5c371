package io.emque.transport.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;

/** Header names of the contract. */
final class Names {
  static final HeaderName ERROR = HeaderNames.create("Emque-Error");
  static final HeaderName EPOCH = HeaderNames.create("Emque-Epoch");
  static final HeaderName OFFSET = HeaderNames.create("Emque-Offset");
  static final HeaderName ACK = HeaderNames.create("Emque-Ack");
  static final HeaderName COUNT = HeaderNames.create("Emque-Count");
  static final HeaderName ID = HeaderNames.create("Emque-Id");
  static final HeaderName DUPLICATE = HeaderNames.create("Emque-Duplicate");
  static final HeaderName SERVERS = HeaderNames.create("Emque-Servers");
  static final HeaderName SUB_PROTOCOL = HeaderNames.create("Sec-WebSocket-Protocol");

  static final HeaderName CHALLENGE = HeaderNames.create("WWW-Authenticate");

  /** What a name begins with that carries an application header. */
  static final String APPLICATION_PREFIX = "emque-header-";

  private Names() {}
}
