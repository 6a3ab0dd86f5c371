package io.emque.cli.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.spi.ServerAddress;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * A connection that HTTP/1.1 is spoken on, until something else is, with a buffer to read into.
 *
 * <p><b>Threads:</b> one reads, one writes, any closes.
 */
final class Wire implements AutoCloseable {
  private static final int READ_BYTES = 64 * 1024;
  private static final int FIRST_BYTES = 4 * 1024;
  private static final int MOST_HEAD = 64 * 1024;
  private static final byte[] OK = "http/1.1 200 ".getBytes(ISO_8859_1);
  private static final byte[] EMPTY = "content-length: 0\r\n".getBytes(ISO_8859_1);

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final ServerAddress server;
  private final Target target;
  private volatile boolean closed;

  // The reading thread's: what was read and not used up.
  byte[] bytes = new byte[FIRST_BYTES];
  int from;
  int to;

  private Wire(Socket socket, ServerAddress server, Target target) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
    this.server = server;
    this.target = target;
  }

  static Wire open(ServerAddress server, Target target) throws IOException {
    var address =
        server.ip() == null
            ? new InetSocketAddress(server.host(), server.port())
            : new InetSocketAddress(server.ip(), server.port());
    if (address.isUnresolved()) {
      throw new IOException("unknown host " + server.host());
    }
    var socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(address, target.timeoutMillis());
      socket.setSoTimeout(target.timeoutMillis());
      return new Wire(server.tls() ? encrypted(socket, server, target) : socket, server, target);
    } catch (SocketTimeoutException e) {
      closeQuietly(socket);
      throw late(target);
    } catch (IOException | RuntimeException e) {
      closeQuietly(socket);
      throw e;
    }
  }

  private static Socket encrypted(Socket plain, ServerAddress server, Target target)
      throws IOException {
    var socket =
        (SSLSocket)
            target.ssl().getSocketFactory().createSocket(plain, server.host(), server.port(), true);
    var parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    if (target.verifyHost()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  static IOException late(Target target) {
    return new IOException("no answer within " + target.timeoutMillis() + " ms");
  }

  /** A request's head, to which its own lines and an empty one are added. */
  String head(String method, String path) {
    return method
        + " "
        + path
        + " HTTP/1.1\r\nHost: "
        + server.authority()
        + "\r\n"
        + (target.token() == null ? "" : "Authorization: Bearer " + target.token() + "\r\n");
  }

  /** Sends a head and reads the answer's; what came behind it stays in the buffer. */
  HttpAnswer ask(String head) throws IOException {
    byte[] request = (head + "\r\n").getBytes(ISO_8859_1);
    write(request, 0, request.length);
    return answer();
  }

  /** Reads the head of an answer. */
  HttpAnswer answer() throws IOException {
    try {
      int end = endOfHead(from);
      while (end < 0) {
        if (to - from > MOST_HEAD) {
          throw new IOException("the head of the answer has no end");
        }
        int seen = to - from;
        fill(seen + 1);
        end = endOfHead(from + Math.max(0, seen - 3));
      }
      String[] lines = new String(bytes, from, end - from, ISO_8859_1).split("\r\n", -1);
      from = end + 4;
      return HttpAnswer.of(lines);
    } catch (SocketTimeoutException e) {
      throw late(target);
    }
  }

  /**
   * Reads the head of an answer that is 200 without a body, which needs no taking apart; returns
   * false, having used up nothing, where it is another one.
   */
  boolean emptyOk() throws IOException {
    try {
      int end = endOfHead(from);
      while (end < 0 && to - from < MOST_HEAD) {
        fill(to - from + 1);
        end = endOfHead(from);
      }
      if (end < 0 || !matches(OK, from) || !hasLine(EMPTY, from, end)) {
        return false;
      }
      from = end + 4;
      return true;
    } catch (SocketTimeoutException e) {
      throw late(target);
    }
  }

  private boolean hasLine(byte[] line, int start, int end) {
    for (int i = start; i + line.length <= end + 2; i++) {
      if (bytes[i] == '\n' && i + 1 + line.length <= end + 2 && matches(line, i + 1)) {
        return true;
      }
    }
    return false;
  }

  /** Letters of the bytes here in either case. */
  private boolean matches(byte[] lowerCase, int at) {
    for (int i = 0; i < lowerCase.length; i++) {
      if (at + i >= to || (bytes[at + i] | (lowerCase[i] & 0x20)) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  private int endOfHead(int start) {
    for (int i = start; i + 3 < to; i++) {
      if (bytes[i] == '\r'
          && bytes[i + 1] == '\n'
          && bytes[i + 2] == '\r'
          && bytes[i + 3] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** What went wrong at the begin of a connection, with what to do about it. */
  static IOException hinted(IOException e) {
    String message = String.valueOf(e.getMessage());
    if (e instanceof SSLException) {
      return new IOException(message + "; give http:// for a server without TLS, or --ca_file", e);
    }
    boolean gone = e instanceof SocketException || message.startsWith("UNAVAILABLE");
    return gone ? new IOException(message + "; is it running?", e) : e;
  }

  /** From now on reading waits for ever. */
  void patient() throws IOException {
    socket.setSoTimeout(0);
  }

  /** Reads the first line of an answer's body, which says why it is not the one wanted. */
  IOException refusal(HttpAnswer answer) {
    String text = "";
    try {
      int length = (int) Math.min(answer.length(), MOST_HEAD);
      while (to - from < length) {
        fill(length);
      }
      text = new String(bytes, from, length, UTF_8).lines().findFirst().orElse("").strip();
    } catch (IOException e) {
      // the status must do
    }
    String code = answer.headers().getOrDefault("emque-error", "");
    return new IOException(
        "the server answered "
            + answer.status()
            + (code.isEmpty() ? "" : " " + code)
            + (text.isEmpty() ? "" : ": " + text));
  }

  /**
   * Reads what has come, or waits for it.
   *
   * @param wanted how many bytes there must be room for, counted from {@link #from}
   */
  void fill(int wanted) throws IOException {
    int left = to - from;
    if (from > 0 && (left == 0 || bytes.length - from < Math.max(wanted, left + 1) || left < 256)) {
      System.arraycopy(bytes, from, bytes, 0, left);
      from = 0;
      to = left;
    }
    if (bytes.length - from < wanted || to == bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(from + wanted, bytes.length * 2));
    }
    int n;
    try {
      n = in.read(bytes, to, bytes.length - to);
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      throw closed ? new EOFException("closed") : new IOException("connection lost: " + why(e), e);
    }
    if (n < 0) {
      throw new EOFException("connection closed by the server");
    }
    to += n;
    if (to == bytes.length && bytes.length < READ_BYTES) {
      bytes = Arrays.copyOf(bytes, READ_BYTES); // it is a busy one
    }
  }

  void write(byte[] source, int start, int n) throws IOException {
    try {
      out.write(source, start, n);
    } catch (IOException e) {
      throw new IOException("connection lost: " + why(e), e);
    }
  }

  private static String why(IOException e) {
    String message = e.getMessage();
    return message == null
        ? e.getClass().getSimpleName()
        : message.lines().findFirst().orElse("").strip();
  }

  @Override
  public void close() {
    closed = true;
    if (socket instanceof SSLSocket) {
      try {
        socket.setSoLinger(true, 0); // without it, a writer that hangs would hold up the close
      } catch (IOException gone) {
        // as it should be
      }
    }
    closeQuietly(socket);
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException gone) {
      // as it should be
    }
  }
}
