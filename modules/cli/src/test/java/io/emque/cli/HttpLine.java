package io.emque.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Locale;

/** A connection that speaks just enough HTTP/1.1. One thread. */
final class HttpLine implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 60_000;
  private static final int SMALL_BUFFER = 4096;

  private final Socket socket;
  private final InputStream in;

  private HttpLine(int port, int receiveBuffer) throws IOException {
    socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
    in = new BufferedInputStream(socket.getInputStream(), SMALL_BUFFER);
  }

  static HttpLine to(int port) throws IOException {
    return new HttpLine(port, 0);
  }

  /** One for which the kernel keeps little, should nobody read. */
  static HttpLine smallTo(int port) throws IOException {
    return new HttpLine(port, SMALL_BUFFER);
  }

  /**
   * @param code of an error; empty for none
   */
  record Answer(int status, String code, String body) {
    /** Status and code. */
    String shortly() {
      return code.isEmpty() ? Integer.toString(status) : status + " " + code;
    }
  }

  Answer get(String target) throws IOException {
    send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n", new byte[0]);
    return answer(true);
  }

  /** Asks for a stream; of its answer only the head is read, unless it is refused. */
  Answer subscribe(String topic) throws IOException {
    send("GET /sub?topic=" + topic + " HTTP/1.1\r\nHost: x\r\n\r\n", new byte[0]);
    return answer(false);
  }

  Answer publish(String topic, byte[] payload) throws IOException {
    send(
        "POST /pub?topic="
            + topic
            + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
            + payload.length
            + "\r\n\r\n",
        payload);
    return answer(true);
  }

  /** The server may have answered before it has read all. */
  private void send(String head, byte[] body) throws IOException {
    try {
      socket.getOutputStream().write(head.getBytes(ISO_8859_1));
      socket.getOutputStream().write(body);
    } catch (IOException e) {
      if (body.length == 0) {
        throw e;
      }
    }
  }

  private Answer answer(boolean whole) throws IOException {
    String statusLine = line();
    int status = Integer.parseInt(statusLine.split(" ")[1]);
    String code = "";
    int length = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      String lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("emque-error: ")) {
        code = line.substring(line.indexOf(' ') + 1);
      } else if (lower.startsWith("content-length: ")) {
        length = Integer.parseInt(line.substring(line.indexOf(' ') + 1));
      }
    }
    boolean body = whole || status != 200;
    return new Answer(status, code, body ? new String(in.readNBytes(length), UTF_8) : "");
  }

  /** A line of the answer, or of a stream's chunks. */
  String line() throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the broker closed the connection after \"" + line + "\"");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** The next line of a stream that is no chunk's size and not empty. */
  String message() throws IOException {
    while (true) {
      String line = line();
      if (!line.isEmpty() && !line.matches("[0-9a-f]{1,4}")) {
        return line;
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
