package io.emque.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;

/**
 * Publishes to Emque by the sub-protocol {@code emque.v1}, whose frames it makes and reads by
 * itself: {@code PORT TOPIC COUNT SIZE WINDOW}. Every message is answered; WINDOW answers may be on
 * their way.
 */
public final class EmqueV1 {
  private static final int ANSWERED = 0x0a; // the tag of PublishReply.ack
  private static final int PAYLOAD = 0x22; // the tag of Publish.payload
  private static final byte[] MASK = {0x37, (byte) 0xfa, 0x21, 0x3d};

  private EmqueV1() {}

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    String topic = arguments[1];
    int count = Integer.parseInt(arguments[2]);
    int size = Integer.parseInt(arguments[3]);
    int window = Integer.parseInt(arguments[4]);
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      var in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      var out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
      out.write(
          ("GET /pub?topic="
                  + topic
                  + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                  + "Sec-WebSocket-Protocol: emque.v1\r\n\r\n")
              .getBytes(US_ASCII));
      out.flush();
      upgraded(in);
      new PublishWindow(count, window).publish(in, out, frame(size), EmqueV1::answer);
    }
  }

  private static void upgraded(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("the server closed the connection: " + head);
      }
      head.append((char) c);
    }
    if (!head.toString().startsWith("HTTP/1.1 101")) {
      throw new IOException("no WebSocket: " + head);
    }
  }

  /** A masked binary frame (RFC 6455, section 5.2) with a {@code Publish} that has a payload. */
  private static byte[] frame(int size) {
    var publish = new ByteArrayOutputStream();
    publish.write(PAYLOAD);
    int rest = size;
    for (; rest > 0x7f; rest >>>= 7) {
      publish.write((rest & 0x7f) | 0x80);
    }
    publish.write(rest);
    publish.writeBytes("x".repeat(size).getBytes(US_ASCII));
    byte[] content = publish.toByteArray();
    var frame = new ByteArrayOutputStream();
    frame.write(0x82);
    if (content.length < 126) {
      frame.write(0x80 | content.length);
    } else if (content.length < 65_536) {
      frame.write(0x80 | 126);
      frame.write(content.length >>> 8);
      frame.write(content.length);
    } else {
      throw new IllegalArgumentException(size + " bytes: at most 65,000");
    }
    frame.writeBytes(MASK);
    for (int i = 0; i < content.length; i++) {
      frame.write(content[i] ^ MASK[i & 3]);
    }
    return frame.toByteArray();
  }

  /** A frame with a {@code PublishReply}; pings in between are left unanswered. */
  private static void answer(InputStream in) throws IOException {
    while (true) {
      int opcode = in.read() & 0x0f;
      int length = in.read();
      if (length == 126) {
        length = (in.read() << 8) | in.read();
      }
      byte[] content = in.readNBytes(length);
      if (opcode == 2 && length > 0 && content[0] == ANSWERED) {
        return;
      }
      if (opcode != 9) {
        throw new IOException("refused: " + new String(content, US_ASCII));
      }
    }
  }
}
