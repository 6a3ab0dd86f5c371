package io.emque.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;

/**
 * Publishes to, and replays from, a JetStream stream with file storage, by the NATS protocol:
 * {@code PORT publish|replay COUNT SIZE WINDOW}. Every publish asks for its acknowledgement; WINDOW
 * of them may be on their way.
 */
public final class JetStream {
  private JetStream() {}

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    boolean publish = arguments[1].equals("publish");
    int count = Integer.parseInt(arguments[2]);
    int size = Integer.parseInt(arguments[3]);
    int window = Integer.parseInt(arguments[4]);
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      var in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      var out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
      line(in);
      send(out, "CONNECT {\"verbose\":false,\"headers\":false}\r\nSUB in.a 1\r\nSUB replay 2\r\n");
      if (publish) {
        String stream =
            "{\"name\":\"bench\",\"subjects\":[\"bench\"],\"storage\":\"file\",\"retention\":\"limits\"}";
        request(out, "$JS.API.STREAM.CREATE.bench", stream);
        answer(in, socket.getOutputStream());
        byte[] message =
            ("PUB bench in.a " + size + "\r\n" + "x".repeat(size) + "\r\n").getBytes(US_ASCII);
        new PublishWindow(count, window).publish(in, out, message, answers -> answer(answers, out));
      } else {
        String consumer =
            "{\"stream_name\":\"bench\",\"config\":{\"deliver_subject\":\"replay\",\"ack_policy\":\"none\","
                + "\"deliver_policy\":\"all\"}}";
        long began = System.nanoTime();
        request(out, "$JS.API.CONSUMER.CREATE.bench", consumer);
        for (int i = 0; i <= count; i++) { // and the answer to the request
          answer(in, socket.getOutputStream());
        }
        PublishWindow.report("replayed", count, began);
      }
    }
  }

  private static void request(OutputStream out, String subject, String json) throws IOException {
    send(out, "PUB " + subject + " in.a " + json.length() + "\r\n" + json + "\r\n");
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(US_ASCII));
    out.flush();
  }

  /** Reads one message; refuses an error of JetStream's. */
  private static void answer(InputStream in, OutputStream out) throws IOException {
    while (true) {
      String line = line(in);
      if (line.startsWith("MSG ")) {
        byte[] payload =
            in.readNBytes(Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1)) + 2);
        if (payload.length > 12
            && payload[0] == '{'
            && new String(payload, US_ASCII).contains("\"error\":{")) {
          throw new IOException(new String(payload, US_ASCII));
        }
        return;
      }
      if (line.equals("PING")) {
        synchronized (out) {
          send(out, "PONG\r\n");
        }
      } else if (line.startsWith("-ERR")) {
        throw new IOException(line);
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the server closed the connection");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
