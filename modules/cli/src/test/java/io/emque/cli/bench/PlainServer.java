package io.emque.cli.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.emque.frames.FrameParser;
import io.emque.frames.FrameWriter;
import io.emque.frames.Handshakes;
import io.emque.frames.ProtocolFault;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server of the original kind, with its faults where they are asked for: bare payloads, one
 * topic, no answers but pongs and a 200. It says yes to subscribers before it listens: what is
 * published first is lost to them.
 */
public final class PlainServer implements AutoCloseable {
  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final List<Socket> coming = new CopyOnWriteArrayList<>();
  private final List<Socket> subscribers = new CopyOnWriteArrayList<>();
  private final Fault fault;
  private long messages; // under this

  /** What becomes of a message. */
  public interface Fault {
    /** How often it is delivered; negative for the end of the server. */
    int copies(long number);
  }

  /** Serves at once. */
  public PlainServer(Fault fault) throws IOException {
    this.fault = fault;
    Thread.ofVirtual().start(this::acceptAll);
  }

  /** As {@code --servers} takes it. */
  public String address() {
    return "http://127.0.0.1:" + listening.getLocalPort();
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
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        String target = line.split(" ")[1];
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
          webSocket(socket, in, target, key);
          return;
        }
        byte[] body = in.readNBytes(length);
        boolean publish = target.startsWith("/pub?");
        if (publish) {
          publish(body);
        }
        String status = publish ? "200 OK" : "404 Not Found";
        socket
            .getOutputStream()
            .write(("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n").getBytes(ISO_8859_1));
      }
    } catch (IOException | ProtocolFault gone) {
      // as the peer wants
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

  private void webSocket(Socket socket, InputStream in, String target, String key)
      throws IOException, ProtocolFault {
    socket
        .getOutputStream()
        .write(
            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: "
                    + Handshakes.accept(key)
                    + "\r\n\r\n")
                .getBytes(ISO_8859_1));
    if (target.startsWith("/sub?")) {
      coming.add(socket);
    }
    var parser = FrameParser.ofServer(1 << 20, new Published(socket));
    byte[] bytes = new byte[1 << 16];
    int to = 0;
    for (int n = in.read(bytes); n >= 0; n = in.read(bytes, to, bytes.length - to)) {
      to += n;
      int used = parser.parse(bytes, 0, to);
      System.arraycopy(bytes, used, bytes, 0, to - used);
      to -= used;
    }
  }

  private synchronized void publish(byte[] payload) {
    int copies = fault.copies(messages++);
    if (copies < 0) {
      close();
    }
    byte[] frame = frame(FrameWriter.BINARY, payload);
    for (Socket subscriber : subscribers) {
      for (int i = 0; i < copies; i++) {
        write(subscriber, frame);
      }
    }
    subscribers.addAll(coming);
    coming.removeAll(subscribers);
  }

  private static byte[] frame(int opcode, byte[] payload) {
    int head = payload.length < 126 ? 2 : 4;
    byte[] frame = new byte[head + payload.length];
    frame[0] = (byte) (0x80 | opcode);
    frame[1] = (byte) (head == 2 ? payload.length : 126);
    if (head == 4) {
      frame[2] = (byte) (payload.length >>> 8);
      frame[3] = (byte) payload.length;
    }
    System.arraycopy(payload, 0, frame, head, payload.length);
    return frame;
  }

  private static void write(Socket socket, byte[] frame) {
    try {
      socket.getOutputStream().write(frame);
    } catch (IOException gone) {
      // as the peer wants
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException gone) {
      // as it should be
    }
  }

  private final class Published implements FrameParser.Sink {
    private final Socket socket;

    Published(Socket socket) {
      this.socket = socket;
    }

    @Override
    public void data(byte[] bytes, int at, int n, boolean text, boolean last) {
      publish(Arrays.copyOfRange(bytes, at, at + n));
    }

    @Override
    public void control(int opcode, byte[] bytes, int at, int n) {
      if (opcode == FrameWriter.PING) {
        write(socket, frame(FrameWriter.PONG, Arrays.copyOfRange(bytes, at, at + n)));
      }
    }

    @Override
    public void close(byte[] bytes, int at, int n) {
      // the socket ends too
    }
  }
}
