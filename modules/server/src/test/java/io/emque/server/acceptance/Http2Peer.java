package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A plain socket that speaks just enough HTTP/2 to break its rules. */
final class Http2Peer implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int INITIAL_WINDOW_SIZE = 4;
  static final int MAX_CONCURRENT_STREAMS = 3;

  private static final int END_HEADERS = 4;

  private final Peer peer;

  private Http2Peer(Peer peer) {
    this.peer = peer;
  }

  /**
   * @param settings what the client says of itself: ids and values by turns
   */
  static Http2Peer connect(int port, int... settings) throws IOException {
    var peer = new Http2Peer(Peer.connect(port));
    peer.peer.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    var all = ByteBuffer.allocate(settings.length * 3);
    for (int i = 0; i < settings.length; i += 2) {
      all.putShort((short) settings[i]).putInt(settings[i + 1]);
    }
    peer.send(SETTINGS, 0, 0, all.array());
    return peer;
  }

  /** Begins a call of gRPC. */
  Http2Peer call(int stream, String method) throws IOException {
    return send(HEADERS, END_HEADERS, stream, requestHeaders(method));
  }

  private static byte[] requestHeaders(String method) {
    var block = new ByteArrayOutputStream();
    block.write(0x83); // :method POST
    block.write(0x86); // :scheme http
    literal(block, 0x04, "/" + method); // :path
    literal(block, 0x01, "localhost"); // :authority
    block.write(0x0f); // content-type, static index 31
    block.write(31 - 15);
    block.write(16);
    block.writeBytes("application/grpc".getBytes(US_ASCII));
    return block.toByteArray();
  }

  private static void literal(ByteArrayOutputStream block, int name, String value) {
    block.write(name);
    block.write(value.length());
    block.writeBytes(value.getBytes(US_ASCII));
  }

  /** The one message of a call. */
  Http2Peer message(int stream, byte[] message) throws IOException {
    var framed = ByteBuffer.allocate(5 + message.length);
    framed.put((byte) 0).putInt(message.length).put(message);
    return send(DATA, END_STREAM, stream, framed.array());
  }

  Http2Peer send(int type, int flags, int stream, byte... payload) throws IOException {
    var frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >>> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    peer.send(frame.array());
    return this;
  }

  /** The next frame of this type, and of this stream; settings are answered meanwhile. */
  Frame await(int type, int stream) throws IOException {
    while (true) {
      Frame frame = read();
      if (frame.type == SETTINGS && (frame.flags & ACK) == 0) {
        send(SETTINGS, ACK, 0);
      }
      if (frame.type == type && frame.stream == stream) {
        return frame;
      }
      if (frame.type == GOAWAY) {
        throw new IOException("the server ended the connection: " + frame.text());
      }
    }
  }

  private Frame read() throws IOException {
    int length = peer.read() << 16 | peer.read() << 8 | peer.read();
    int type = peer.read();
    int flags = peer.read();
    int stream = peer.read() << 24 | peer.read() << 16 | peer.read() << 8 | peer.read();
    var payload = new byte[length];
    for (int i = 0; i < length; i++) {
      payload[i] = (byte) peer.read();
    }
    return new Frame(type, flags, stream, payload);
  }

  @Override
  public void close() throws IOException {
    peer.close();
  }

  record Frame(int type, int flags, int stream, byte[] payload) {
    /** The value of a setting. */
    int setting(int id) {
      var settings = ByteBuffer.wrap(payload);
      while (settings.hasRemaining()) {
        int found = settings.getShort();
        int value = settings.getInt();
        if (found == id) {
          return value;
        }
      }
      return -1;
    }

    String text() {
      return new String(payload, US_ASCII);
    }
  }
}
