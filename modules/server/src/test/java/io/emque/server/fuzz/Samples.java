package io.emque.server.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.emque.wire.v1.Publish;
import io.emque.wire.v1.SubscribeRequest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** What clients send that mean well: where mutations begin. */
final class Samples {
  private static final String[] METHODS = {
    "emque.v1.Emque/Publish",
    "emque.v1.Emque/PublishStream",
    "emque.v1.Emque/Subscribe",
    "emque.v1.Emque/SubscribeStream",
    "emque.v1.Emque/ListTopics",
    "mq.MQ/Pub",
    "mq.MQ/Sub",
    "grpc.health.v1.Health/Watch"
  };

  private static final String[] TARGETS = {
    "/health/live", "/sub?topic=t", "/topics", "/metrics", "/pub?topic=t", "/", "/nowhere"
  };

  private Samples() {}

  static List<byte[]> requests() {
    String[] all = {
      "POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nEmque-Id: 1\r\n\r\nhello",
      "POST /pub?topic=t&batch=lines HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "5;a=b\r\none\nt\r\n3\r\nwo\n\r\n0\r\nTrailer: x\r\n\r\n",
      "PUT /pub?topic=%C3%BC HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
          + "Emque-Header-A: %41\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-"
          + "00f067aa0ba902b7-01\r\n\r\nhi",
      "GET /sub?topic=t&format=sse&from=earliest HTTP/1.1\r\nHost: x\r\nLast-Event-ID: e:1\r\n\r\n",
      "GET /sub?topic=t&since=10m&slow=skip HTTP/1.1\r\nHost: x\r\n"
          + "Accept: application/x-ndjson\r\n\r\n",
      "GET /topics?limit=2 HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
      "OPTIONS /pub?topic=t HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n"
          + "Access-Control-Request-Method: POST\r\n\r\n",
      "DELETE /topics/t HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nCookie: a=b\r\n\r\n",
      "HEAD http://x/ HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nRange: bytes=0-1\r\n\r\n",
      "GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
          + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
      "GET /emque.js HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"x\"\r\n\r\n",
      "\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0003"
    };
    var requests = new ArrayList<byte[]>();
    for (String request : all) {
      requests.add(with(0, bytes(request)));
    }
    requests.add(with(0, upgrade("/pub?topic=t", ""), hex("818500000000" + "68656c6c6f")));
    requests.add(with(1, upgrade("/sub?topic=t", "Sec-WebSocket-Protocol: emque.v1\r\n")));
    return requests;
  }

  static byte[] upgrade(String target, String more) {
    return bytes(
        "GET "
            + target
            + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + more
            + "\r\n");
  }

  /** A decision how, one where to, one which protocol; then frames. */
  static List<byte[]> frames() {
    byte[] publish = publish();
    return List.of(
        hex("000000" + "818500000000" + "68656c6c6f" + "888200000000" + "03e8"),
        hex("000000" + "028101020304" + "05" + "898000000000" + "808101020304" + "06"),
        with(0, hex("0201"), hex("82" + size(0x80 | publish.length) + "00000000"), publish),
        hex("010100" + "8a8000000000" + "8185aabbccdd" + "c2ceb6b7c5"),
        hex("000000" + "82fe0100" + "00000000" + "61".repeat(256)),
        hex("000200" + "82ff7fffffffffffffff00000000" + "61"));
  }

  static List<byte[]> connections() {
    var connections = new ArrayList<byte[]>();
    for (int i = 0; i < TARGETS.length; i++) {
      int method = i == 4 ? 0x83 : 0x82;
      byte[] head = frame(1, i == 4 ? 4 : 5, 1, headers(i, method));
      byte[] body = i == 4 ? frame(0, 1, 1, bytes("hello")) : new byte[0];
      connections.add(with(0, preface(), head, body, frame(6, 0, 0, new byte[8])));
    }
    byte[] split = headers(0);
    connections.add(
        with(
            0,
            preface(),
            frame(1, 1, 1, Arrays.copyOf(split, 3)),
            frame(9, 4, 1, Arrays.copyOfRange(split, 3, split.length)),
            frame(2, 0, 3, hex("0000000010")),
            frame(8, 0, 0, hex("00000100")),
            frame(7, 0, 0, hex("0000000000000000"))));
    return connections;
  }

  /** How, how many, which method, how long the body; then the body. */
  static List<byte[]> calls() {
    byte[] subscribe =
        SubscribeRequest.newBuilder().setTopic("t").setFrom("earliest").build().toByteArray();
    var calls = new ArrayList<byte[]>();
    for (int method = 0; method < METHODS.length; method++) {
      byte[] message =
          method < 2 || method == 5
              ? publish()
              : method < 4 || method == 6 ? subscribe : new byte[0];
      byte[] framed =
          ByteBuffer.allocate(5 + message.length)
              .put((byte) 0)
              .putInt(message.length)
              .put(message)
              .array();
      calls.add(with(0, hex("00" + size(method) + "00" + size(framed.length)), framed, hex("01")));
    }
    return calls;
  }

  private static byte[] publish() {
    return Publish.newBuilder().setTopic("t").setId("i").putHeaders("k", "v").build().toByteArray();
  }

  static byte[] preface() {
    return with(-1, bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, new byte[0]));
  }

  static byte[] headers(int target) {
    return headers(target, 0x82);
  }

  private static byte[] headers(int target, int method) {
    var block = new ByteArrayOutputStream();
    block.write(method);
    block.write(0x86); // :scheme http
    literal(block, 0x04, TARGETS[target % TARGETS.length]);
    literal(block, 0x01, "x");
    return block.toByteArray();
  }

  /** The head of a call of gRPC. */
  static byte[] call(int method) {
    var block = new ByteArrayOutputStream();
    block.write(0x83);
    block.write(0x86);
    literal(block, 0x04, "/" + METHODS[method]);
    literal(block, 0x01, "x");
    block.write(0x0f); // content-type
    block.write(31 - 15);
    block.write(16);
    block.writeBytes(bytes("application/grpc"));
    return block.toByteArray();
  }

  private static void literal(ByteArrayOutputStream block, int name, String value) {
    block.write(name);
    block.write(value.length());
    block.writeBytes(bytes(value));
  }

  static byte[] frame(int type, int flags, int stream, byte[] payload) {
    var frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >>> 16)).putShort((short) payload.length);
    return frame.put((byte) type).put((byte) flags).putInt(stream).put(payload).array();
  }

  /** The number that hexadecimal digits at the beginning stand for; 0 for none. */
  static int hexDigits(String text) {
    int end = 0;
    while (end < Math.min(7, text.length()) && Character.digit(text.charAt(end), 16) >= 0) {
      end++;
    }
    return end == 0 ? 0 : Integer.parseInt(text.substring(0, end), 16);
  }

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static String size(int value) {
    return HexFormat.of().toHexDigits((byte) value);
  }

  /** A byte, unless it is negative, and what follows it. */
  private static byte[] with(int first, byte[]... parts) {
    var all = new ByteArrayOutputStream();
    if (first >= 0) {
      all.write(first);
    }
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
