package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLSocket;

/** A socket that shows exactly what the server sends: heads, chunks, frames. */
final class RawClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Socket socket;
  private final InputStream in;

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  static RawClient connect(int port) throws IOException {
    return connect(port, 0);
  }

  /**
   * @param receiveBuffer bytes the kernel may hold for a client that does not read; 0 for its
   *     default
   */
  static RawClient connect(int port, int receiveBuffer) throws IOException {
    var socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.connect(new InetSocketAddress("127.0.0.1", port), TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    return new RawClient(socket);
  }

  static RawClient connectTls(int port, String protocol) throws IOException {
    var socket = (SSLSocket) TestTls.trusting().getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    var parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {protocol});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return new RawClient(socket);
  }

  RawClient send(String text) throws IOException {
    return send(text.getBytes(UTF_8));
  }

  RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  /** A request without a body. */
  RawClient request(String line, String... headers) throws IOException {
    var head = new StringBuilder(line).append("\r\nHost: localhost\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return send(head.append("\r\n").toString());
  }

  RawClient requestUpgrade(String target, String... headers) throws IOException {
    var all = new String[headers.length + 4];
    all[0] = "Connection: Upgrade";
    all[1] = "Upgrade: websocket";
    all[2] = "Sec-WebSocket-Version: 13";
    all[3] = "Sec-WebSocket-Key: Emque";
    System.arraycopy(headers, 0, all, 4, headers.length);
    return request("GET " + target + " HTTP/1.1", all);
  }

  RawClient upgrade(String target, String... headers) throws IOException {
    requestUpgrade(target, headers);
    Head head = readHead();
    if (head.status() != 101) {
      throw new IOException("no upgrade: " + head);
    }
    return this;
  }

  Head readHead() throws IOException {
    String[] status = readLine().split(" ", 3);
    var headers = new LinkedHashMap<String, String>();
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return new Head(Integer.parseInt(status[1]), headers);
  }

  /** The body of an answer with a length. */
  String readBody(Head head) throws IOException {
    int length = Integer.parseInt(head.headers().getOrDefault("content-length", "0"));
    return new String(in.readNBytes(length), UTF_8);
  }

  String readLine() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int c = read(); c != '\n'; c = read()) {
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(UTF_8);
  }

  /** One chunk of a chunked body; empty for the last one. */
  byte[] readChunk() throws IOException {
    int size = Integer.parseInt(readLine(), 16);
    byte[] chunk = in.readNBytes(size);
    if (!readLine().isEmpty()) {
      throw new IOException("no line end behind a chunk of " + size);
    }
    return chunk;
  }

  /** As many chunks as it takes to have this many bytes, as text. */
  String readChunked(int bytes) throws IOException {
    var body = new ByteArrayOutputStream();
    while (body.size() < bytes) {
      byte[] chunk = readChunk();
      if (chunk.length == 0) {
        throw new EOFException("the body ended after " + body);
      }
      body.writeBytes(chunk);
    }
    return body.toString(UTF_8);
  }

  RawClient frame(int opcode, String payload) throws IOException {
    return send(maskedFrame(0x80 | opcode, payload.getBytes(UTF_8)));
  }

  /** A client frame; {@code first} is FIN and the opcode. */
  static byte[] maskedFrame(int first, byte[] payload) {
    var frame = new ByteArrayOutputStream();
    frame.write(first);
    if (payload.length < 126) {
      frame.write(0x80 | payload.length);
    } else if (payload.length < 65536) {
      frame.write(0x80 | 126);
      frame.write(payload.length >>> 8);
      frame.write(payload.length);
    } else {
      frame.write(0x80 | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        frame.write((int) ((long) payload.length >>> shift));
      }
    }
    byte[] mask = "mask".getBytes(US_ASCII);
    frame.writeBytes(mask);
    for (int i = 0; i < payload.length; i++) {
      frame.write(payload[i] ^ mask[i & 3]);
    }
    return frame.toByteArray();
  }

  Frame readFrame() throws IOException {
    int first = read();
    long length = read();
    if (length >= 126) {
      int bytes = length == 126 ? 2 : 8;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = length << 8 | read();
      }
    }
    return new Frame(first, in.readNBytes((int) length));
  }

  int read() throws IOException {
    int c = in.read();
    if (c < 0) {
      throw new EOFException("the server closed the connection");
    }
    return c;
  }

  /** Whether the server ends the connection, by FIN or RST, with nothing before it. */
  boolean isEnded() {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  /** RST. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  static byte[] latin1(String text) {
    return text.getBytes(ISO_8859_1);
  }

  record Head(int status, Map<String, String> headers) {
    String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }
  }

  /**
   * @param first FIN, reserved bits and opcode
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Frame(int first, byte[] payload) {
    String text() {
      return new String(payload, UTF_8);
    }

    int closeCode() {
      return (payload[0] & 0xff) << 8 | payload[1] & 0xff;
    }

    String closeReason() {
      return new String(payload, 2, payload.length - 2, UTF_8);
    }
  }
}
