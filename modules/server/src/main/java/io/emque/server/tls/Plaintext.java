package io.emque.server.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.Socket;

/** The answer to who talks plaintext to a TLS port. */
final class Plaintext {
  private static final int DROP_MILLIS = 1_000;
  private static final int DROP_BYTES = 64 * 1024;
  private static final String LINE =
      "this port speaks TLS and you sent plaintext; use https:// or wss:// (curl -k), or start the"
          + " server with --tls=off\n";

  private Plaintext() {}

  static void answer(Socket socket) throws IOException {
    String answer =
        "HTTP/1.1 400 Bad Request\r\n"
            + "Emque-Error: OPTION_INVALID\r\n"
            + "Content-Type: text/plain; charset=utf-8\r\n"
            + "Content-Length: "
            + LINE.length()
            + "\r\nConnection: close\r\n\r\n"
            + LINE;
    socket.getOutputStream().write(answer.getBytes(US_ASCII));
    socket.shutdownOutput();
    // Closing with bytes unread would reset the connection before the answer is seen.
    socket.setSoTimeout(DROP_MILLIS);
    var in = socket.getInputStream();
    var dropped = new byte[4096];
    int total = 0;
    int n = 0;
    while (n >= 0 && total < DROP_BYTES) {
      n = in.read(dropped);
      total += n;
    }
  }
}
