package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A plain socket that speaks just enough HTTP/1.1 and RFC 6455 to see exactly what the server
 * sends.
 */
public final class Peer implements AutoCloseable {
  /** What a request needs to become a WebSocket. */
  public static final String[] UPGRADE = {
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
  };

  private static final int READ_TIMEOUT_MILLIS = 30_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private Peer(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    this.out = socket.getOutputStream();
  }

  public static Peer connect(int port) throws IOException {
    return connect(port, 0);
  }

  /**
   * @param receiveBuffer bytes the kernel may hold for us; 0 for its default
   */
  public static Peer connect(int port, int receiveBuffer) throws IOException {
    var socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.connect(new InetSocketAddress("127.0.0.1", port), READ_TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    return new Peer(socket);
  }

  /** Over a connection that stands, one of TLS. */
  public static Peer over(Socket socket) throws IOException {
    return new Peer(socket);
  }

  /** Opens a WebSocket; the answer's head is read. */
  public static Peer webSocket(int port, String target, String... headers) throws IOException {
    return connect(port).upgrade(target, headers);
  }

  public Peer upgrade(String target, String... headers) throws IOException {
    sendHead("GET " + target + " HTTP/1.1", headers, UPGRADE);
    Head head = readHead();
    if (head.status() != 101) {
      throw new IOException("no upgrade: " + head);
    }
    return this;
  }

  public void sendHead(String requestLine, String[] more, String... headers) throws IOException {
    var head = new StringBuilder(requestLine).append("\r\nHost: localhost\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    for (String header : more) {
      head.append(header).append("\r\n");
    }
    send(head.append("\r\n").toString().getBytes(UTF_8));
  }

  public void send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  public void send(String text) throws IOException {
    send(text.getBytes(UTF_8));
  }

  public Head readHead() throws IOException {
    String[] statusLine = readLine().split(" ", 3);
    var headers = new LinkedHashMap<String, String>();
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
    }
    return new Head(Integer.parseInt(statusLine[1]), headers);
  }

  /** Reads an answer with a Content-Length; a head alone has an empty body. */
  public Answer readAnswer() throws IOException {
    Head head = readHead();
    int length = Integer.parseInt(head.headers().getOrDefault("content-length", "0"));
    return new Answer(head, new String(in.readNBytes(length), UTF_8));
  }

  public String readLine() throws IOException {
    var line = new StringBuilder();
    for (int c = read(); c != '\n'; c = read()) {
      line.append((char) c);
    }
    if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
      line.setLength(line.length() - 1);
    }
    return new String(line.toString().getBytes(ISO_8859_1), UTF_8);
  }

  /** One byte; the end of the stream is an {@link EOFException}. */
  public int read() throws IOException {
    int c = in.read();
    if (c < 0) {
      throw new EOFException("the server closed the connection");
    }
    return c;
  }

  /** The stream of a chunked body. */
  public InputStream chunked() {
    return new ChunkedInput(in);
  }

  /** A masked frame from the client, with a zero mask. */
  public static byte[] frame(int opcode, byte[] payload) {
    int length = payload.length;
    int header = length < 126 ? 6 : length < 65536 ? 8 : 14;
    var frame = new byte[header + length];
    frame[0] = (byte) (0x80 | opcode);
    if (length < 126) {
      frame[1] = (byte) (0x80 | length);
    } else if (length < 65536) {
      frame[1] = (byte) (0x80 | 126);
      frame[2] = (byte) (length >>> 8);
      frame[3] = (byte) length;
    } else {
      frame[1] = (byte) (0x80 | 127);
      for (int i = 0; i < 8; i++) {
        frame[2 + i] = (byte) ((long) length >>> (56 - 8 * i));
      }
    }
    System.arraycopy(payload, 0, frame, header, length);
    return frame;
  }

  public void sendBinary(byte[] payload) throws IOException {
    send(frame(2, payload));
  }

  public Frame readFrame() throws IOException {
    int first = read();
    int second = read();
    long length = second & 0x7f;
    if ((second & 0x80) != 0) {
      throw new IOException("the server masked a frame");
    }
    if (length >= 126) {
      int bytes = length == 126 ? 2 : 8;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = length << 8 | read();
      }
    }
    byte[] payload = in.readNBytes((int) length);
    if (payload.length < length) {
      throw new EOFException("the server closed the connection inside a frame");
    }
    return new Frame(first & 0x0f, (first & 0x80) != 0, payload);
  }

  /** The next frame that is not a ping. */
  public Frame readMessage() throws IOException {
    Frame frame = readFrame();
    while (frame.opcode() == 9) {
      send(frame(10, frame.payload()));
      frame = readFrame();
    }
    return frame;
  }

  public Socket socket() {
    return socket;
  }

  /** Ends it without a word: RST. */
  public void abort() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  public record Head(int status, Map<String, String> headers) {
    public String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }
  }

  public record Answer(Head head, String body) {
    public int status() {
      return head.status();
    }
  }

  public record Frame(int opcode, boolean fin, byte[] payload) {
    public String text() {
      return new String(payload, UTF_8);
    }

    /** The code of a close frame. */
    public int closeCode() {
      return payload.length < 2 ? 1005 : (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
    }

    public String closeReason() {
      return new String(payload, 2, payload.length - 2, UTF_8);
    }
  }

  private static final class ChunkedInput extends InputStream {
    private final InputStream in;
    private long left;
    private boolean first = true;
    private boolean ended;

    ChunkedInput(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left == 0 && !ended) {
        nextChunk();
      }
      if (ended) {
        return -1;
      }
      int n = in.read(buffer, offset, (int) Math.min(length, left));
      if (n < 0) {
        throw new EOFException("the connection ended inside a chunk");
      }
      left -= n;
      return n;
    }

    private void nextChunk() throws IOException {
      if (!first) {
        line();
      }
      first = false;
      left = Long.parseLong(line(), 16);
      if (left == 0) {
        line();
        ended = true;
      }
    }

    private String line() throws IOException {
      var line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new EOFException("the connection ended before the last chunk");
        }
        if (c != '\r') {
          line.append((char) c);
        }
      }
      return line.toString();
    }
  }
}
