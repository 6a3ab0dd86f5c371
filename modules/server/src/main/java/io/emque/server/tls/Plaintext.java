package io.emque.server.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;

/** The answer to who talks plaintext to a TLS port. */
final class Plaintext {
  private static final Duration DROP = Duration.ofSeconds(2);
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
    var deadline = Deadline.closing(socket, DROP);
    try {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    } finally {
      deadline.met();
    }
  }
}
