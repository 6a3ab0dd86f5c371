package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server as the original emque is one: POST answered by a bare 200, WebSocket without
 * sub-protocol, bare payloads in binary frames, no cursors, no other endpoint.
 */
final class OriginalServer implements AutoCloseable {
  private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Map<String, List<Socket>> subscribers = new ConcurrentHashMap<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  OriginalServer() throws IOException {
    Thread.ofVirtual().start(this::acceptAll);
  }

  String address() {
    return "http://127.0.0.1:" + listening.getLocalPort();
  }

  int subscribers(String topic) {
    return subscribers.getOrDefault(topic, List.of()).size();
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket socket = listening.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream());
      var out = socket.getOutputStream();
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        String[] request = line.split(" ");
        int length = 0;
        String key = "";
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
          String value = header.substring(header.indexOf(':') + 1).strip();
          switch (header.substring(0, header.indexOf(':')).toLowerCase(Locale.ROOT)) {
            case "content-length" -> length = Integer.parseInt(value);
            case "sec-websocket-key" -> key = value;
            default -> {}
          }
        }
        if (!key.isEmpty()) {
          upgrade(request[1], key, in, out, socket);
          return;
        }
        byte[] body = in.readNBytes(length);
        boolean publish = request[1].startsWith("/pub?");
        if (publish) {
          publish(topic(request[1]), body);
        }
        String status = publish ? "200 OK" : "404 Not Found";
        out.write(("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n").getBytes(ISO_8859_1));
      }
    } catch (IOException gone) {
      // as the peer wants
    } finally {
      sockets.remove(socket);
      subscribers.values().forEach(all -> all.remove(socket));
    }
  }

  private void upgrade(String target, String key, InputStream in, OutputStream out, Socket socket)
      throws IOException {
    out.write(
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: "
                + accept(key)
                + "\r\n\r\n")
            .getBytes(ISO_8859_1));
    if (target.startsWith("/sub?")) {
      subscribers.computeIfAbsent(topic(target), none -> new CopyOnWriteArrayList<>()).add(socket);
    }
    in.transferTo(OutputStream.nullOutputStream());
  }

  private void publish(String topic, byte[] payload) throws IOException {
    var frame = new java.io.ByteArrayOutputStream();
    frame.write(0x82);
    if (payload.length < 126) {
      frame.write(payload.length);
    } else {
      frame.write(126);
      frame.write(payload.length >>> 8);
      frame.write(payload.length);
    }
    frame.write(payload);
    for (Socket subscriber : subscribers.getOrDefault(topic, List.of())) {
      subscriber.getOutputStream().write(frame.toByteArray());
    }
  }

  private static String topic(String target) {
    String query = target.substring(target.indexOf("topic=") + "topic=".length());
    return URLDecoder.decode(query.split("&", 2)[0], UTF_8);
  }

  private static String accept(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1").digest((key + ACCEPT_SUFFIX).getBytes(ISO_8859_1));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
