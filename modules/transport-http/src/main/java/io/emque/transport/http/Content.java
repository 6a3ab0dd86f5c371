package io.emque.transport.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** What an answer carries beside its headers. */
public final class Content {
  private static final byte[] NOTHING = {};

  private Content() {}

  /**
   * Sends it; to a HEAD its length alone (RFC 9110, section 9.3.2): what came behind would be taken
   * for the next answer of the connection.
   */
  public static void send(ServerRequest req, ServerResponse res, byte[] content) {
    if (req.prologue().method().equals(Method.HEAD)) {
      res.header(HeaderNames.CONTENT_LENGTH, Integer.toString(content.length));
      res.send(NOTHING);
    } else {
      res.send(content);
    }
  }
}
