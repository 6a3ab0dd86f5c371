package io.emque.server.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/** A client that sends bytes, ends, and waits for the end. */
final class Visit {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int MOST = 1 << 20;

  private Visit() {}

  /**
   * Sends bytes; by the lowest bits of {@code how} at once or in two pieces, and then closes for
   * writing, or resets.
   *
   * @return what came back
   * @throws AssertionError when the server does not end
   */
  static byte[] of(int port, byte how, byte[] bytes) throws IOException {
    var answer = new ByteArrayOutputStream();
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      int first = (how & 1) == 0 ? bytes.length : bytes.length / 2;
      socket.getOutputStream().write(bytes, 0, first);
      socket.getOutputStream().write(bytes, first, bytes.length - first);
      if ((how & 6) == 6) {
        socket.setSoLinger(true, 0);
        return new byte[0];
      }
      socket.shutdownOutput();
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[8192];
      for (int n = in.read(buffer); n >= 0 && answer.size() < MOST; n = in.read(buffer)) {
        answer.write(buffer, 0, n);
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the server does not end the connection", e);
    } catch (SocketException reset) {
      // It refused to read on.
    }
    return answer.toByteArray();
  }

  /** What somebody is told who asks whether the server is well. */
  static String answer(int port) throws IOException {
    String request = "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    return new String(of(port, (byte) 0, request.getBytes(ISO_8859_1)), ISO_8859_1);
  }
}
