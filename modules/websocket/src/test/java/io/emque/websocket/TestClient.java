package io.emque.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;

/** A WebSocket client of bytes: it can do what no well-made client does. */
final class TestClient implements AutoCloseable {
  static final String UPGRADE =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  private final Socket plain;
  private final Socket socket;
  private final DataInputStream in;

  /** {@code socket} is {@code plain}, or TLS over it. */
  TestClient(Socket plain, Socket socket) throws IOException {
    this.plain = plain;
    this.socket = socket;
    socket.setSoTimeout(20_000);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  static Socket connect(int port, int receiveBuffer) throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(receiveBuffer);
    socket.connect(new InetSocketAddress("127.0.0.1", port));
    return socket;
  }

  void request(String target, String headers) throws IOException {
    send(("GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n").getBytes(US_ASCII));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Sends a frame, masked with zeros. */
  void frame(int first, byte[] payload) throws IOException {
    send(masked(first, payload));
  }

  static byte[] masked(int first, byte[] payload) {
    byte[] server = Session.frame(first, payload);
    int header = server.length - payload.length;
    var frame = new ByteArrayOutputStream();
    server[1] |= (byte) 0x80;
    frame.write(server, 0, header);
    frame.writeBytes(new byte[4]);
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  /** Bytes of the connection, below TLS, that wait to be read. */
  int available() throws IOException {
    return plain.getInputStream().available();
  }

  String head() throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    return head.toString();
  }

  String body(int length) throws IOException {
    return new String(in.readNBytes(length), UTF_8);
  }

  Frame frame() throws IOException {
    int opcode = in.readUnsignedByte() & 0x0f;
    int length = in.readUnsignedByte();
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = (int) in.readLong();
    }
    return new Frame(opcode, in.readNBytes(length));
  }

  boolean ends() throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketException reset) {
      return true;
    }
  }

  void reset() throws IOException {
    plain.setSoLinger(true, 0);
    plain.close();
  }

  @Override
  public void close() throws IOException {
    plain.close();
  }

  record Frame(int opcode, byte[] payload) {}
}
