package io.emque.cli.bench;

import io.emque.frames.CloseCodes;
import io.emque.frames.Handshakes;
import java.io.EOFException;
import java.io.IOException;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/** What both ends of WebSockets here do alike. */
final class WebSockets {
  private WebSockets() {}

  /** Turns a connection into a WebSocket without sub-protocol; closes it when that fails. */
  static void upgrade(Wire wire, String path) throws IOException {
    var nonce = new byte[16];
    ThreadLocalRandom.current().nextBytes(nonce);
    String key = Base64.getEncoder().encodeToString(nonce);
    try {
      HttpAnswer answer =
          wire.ask(
              wire.head("GET", path)
                  + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  + "Sec-WebSocket-Key: "
                  + key
                  + "\r\n");
      if (answer.status() != 101) {
        throw wire.refusal(answer);
      }
      if (!Handshakes.accept(key).equals(answer.headers().get("sec-websocket-accept"))) {
        throw new IOException("the answer to the upgrade is not for it");
      }
      wire.patient();
    } catch (IOException e) {
      wire.close();
      throw e;
    }
  }

  /** What the server's close frame says. */
  static IOException closed(byte[] bytes, int at, int n) {
    String reason = CloseCodes.reason(bytes, at, n);
    return new EOFException(
        "closed by the server with "
            + CloseCodes.code(bytes, at, n)
            + (reason.isEmpty() ? "" : " " + reason));
  }
}
