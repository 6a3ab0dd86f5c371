package io.emque.client.link;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.spi.ServerAddress;
import io.emque.frames.CloseCodes;
import io.emque.frames.FrameParser;
import io.emque.frames.FrameWriter;
import io.emque.frames.Handshakes;
import io.emque.frames.ProtocolFault;
import io.emque.wire.Envelopes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A client's WebSocket connection (RFC 6455) with the sub-protocol {@code emque.v1} where the
 * server speaks it.
 *
 * <p><b>Threads:</b> one thread reads; any thread writes, one at a time; any thread closes.
 */
final class WebSocketConnection implements AutoCloseable {
  static final String V1 = "emque.v1";

  private static final int READ_BYTES = 64 * 1024;
  private static final int MAX_ANSWER = 64 * 1024;
  private static final int NORMAL = 1000;
  private static final String MOVED = "{\"code\":\"" + ErrorCode.DRAINING + "\"";

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final ReentrantLock writeLock = new ReentrantLock();
  private final FrameWriter frames = new FrameWriter(new SplittableRandom());
  private final boolean v1;
  private final Parsed parsed;
  private final FrameParser parser;
  private byte[] buffer;
  private int from;
  private int to;
  private volatile boolean closed;

  private WebSocketConnection(Socket socket, boolean v1, byte[] rest, int maxMessageBytes)
      throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
    this.v1 = v1;
    this.parsed = new Parsed();
    this.parser = FrameParser.ofClient(maxMessageBytes, parsed);
    this.buffer = Arrays.copyOf(rest, Math.max(rest.length, 8 * 1024));
    this.to = rest.length;
  }

  /**
   * Connects.
   *
   * @param target path and query
   * @throws LinkException when the server cannot be reached or does not speak WebSocket
   * @throws BrokerException when it refuses
   */
  static WebSocketConnection open(ServerAddress server, String target, LinkOptions options)
      throws LinkException {
    Socket socket = null;
    try {
      socket = connect(server, options);
      WebSocketConnection connection = upgrade(socket, server, target, options);
      socket = null;
      return connection;
    } catch (SocketTimeoutException e) {
      throw new LinkException("no answer within " + options.timeoutMillis() + " ms", e);
    } catch (IOException e) {
      throw LinkException.of("", e);
    } finally {
      closeQuietly(socket);
    }
  }

  private static Socket connect(ServerAddress server, LinkOptions options) throws IOException {
    var address =
        server.ip() == null
            ? new InetSocketAddress(server.host(), server.port())
            : new InetSocketAddress(server.ip(), server.port());
    if (address.isUnresolved()) {
      throw new LinkException("unknown host " + server.host());
    }
    var socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      socket.connect(address, options.timeoutMillis());
      socket.setSoTimeout(options.timeoutMillis());
      return server.tls() ? encrypted(socket, server, options) : socket;
    } catch (IOException | RuntimeException e) {
      closeQuietly(socket);
      throw e;
    }
  }

  private static Socket encrypted(Socket plain, ServerAddress server, LinkOptions options)
      throws IOException {
    var socket =
        (SSLSocket)
            options
                .ssl()
                .getSocketFactory()
                .createSocket(plain, server.host(), server.port(), true);
    var parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    if (options.verifyHost()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static WebSocketConnection upgrade(
      Socket socket, ServerAddress server, String target, LinkOptions options) throws IOException {
    var nonce = new byte[16];
    ThreadLocalRandom.current().nextBytes(nonce);
    String key = Base64.getEncoder().encodeToString(nonce);
    String token = options.token();
    String request =
        "GET "
            + target
            + " HTTP/1.1\r\nHost: "
            + server.authority()
            + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
            + "\r\nSec-WebSocket-Key: "
            + key
            + "\r\nSec-WebSocket-Protocol: "
            + V1
            + (token == null ? "" : "\r\nAuthorization: Bearer " + token)
            + "\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(ISO_8859_1));
    Answer answer = Answer.read(socket.getInputStream());
    if (answer.status != 101) {
      throw answer.refusal();
    }
    if (!Handshakes.accept(key).equals(answer.headers.get("sec-websocket-accept"))) {
      throw new LinkException("the answer to the upgrade is not for it");
    }
    boolean v1 = V1.equals(answer.headers.get("sec-websocket-protocol"));
    // An envelope may be larger than the message in it.
    int max = (int) Math.min(Integer.MAX_VALUE, options.maxMessageBytes() + 64L * 1024);
    return new WebSocketConnection(socket, v1, answer.rest, max);
  }

  /** Whether frames are messages of {@code emque.v1}; else they are payloads. */
  boolean v1() {
    return v1;
  }

  /** How long a read may take; 0 for ever. */
  void readTimeout(int millis) throws LinkException {
    try {
      socket.setSoTimeout(millis);
    } catch (IOException e) {
      throw LinkException.of("", e);
    }
  }

  // ---- reading

  /**
   * Waits for bytes and hands on the messages that they complete, if any.
   *
   * @throws LinkException when the connection is lost
   * @throws BrokerException when the server closed it and said why
   */
  void read(Sink sink) throws LinkException {
    try {
      if (from == to || parser.wanted() > to - from) {
        fill();
      }
      parsed.sink = sink;
      from = parser.parse(buffer, from, to);
      if (from == to) {
        from = 0;
        to = 0;
        if (buffer.length > 4 * READ_BYTES) {
          buffer = new byte[READ_BYTES];
        }
      }
    } catch (ProtocolFault fault) {
      close();
      throw new LinkException("the server broke the WebSocket protocol: " + fault.reason());
    } catch (SocketTimeoutException e) {
      throw new LinkException("nothing was heard for " + timeoutSeconds() + " s", e);
    } catch (IOException e) {
      throw closed ? new LinkException("closed") : LinkException.of("connection lost: ", e);
    }
    if (parsed.closeCode >= 0) {
      throw parsed.end();
    }
  }

  private int timeoutSeconds() {
    try {
      return socket.getSoTimeout() / 1000;
    } catch (IOException e) {
      return 0;
    }
  }

  private void fill() throws IOException {
    int wanted = Math.max(parser.wanted(), 1);
    if (buffer.length - from < wanted || from > 0) {
      int size = Math.max(wanted, to - from);
      var target = size > buffer.length ? new byte[Math.max(size, READ_BYTES)] : buffer;
      System.arraycopy(buffer, from, target, 0, to - from);
      buffer = target;
      to -= from;
      from = 0;
    }
    if (to == buffer.length) {
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
    int n = in.read(buffer, to, buffer.length - to);
    if (n < 0) {
      throw new LinkException("connection closed by the server");
    }
    to += n;
    if (to == buffer.length && buffer.length < READ_BYTES) {
      buffer = Arrays.copyOf(buffer, READ_BYTES); // it is a busy one
    }
  }

  // ---- writing

  /** Takes the lock that {@link #frames} is used under. */
  void lockWriter() {
    writeLock.lock();
  }

  /** Gives the lock back. */
  void unlockWriter() {
    writeLock.unlock();
  }

  /** Frames to be written; under the writer's lock. */
  FrameWriter frames() {
    return frames;
  }

  /** Writes the frames gathered; under the writer's lock. */
  void flush() throws LinkException {
    if (frames.size() == 0) {
      return;
    }
    try {
      out.write(frames.bytes(), 0, frames.size());
    } catch (IOException e) {
      throw LinkException.of("connection lost: ", e);
    } finally {
      frames.clear();
    }
  }

  private void control(int opcode, byte[] payload, int at, int n) {
    lockWriter();
    try {
      frames.add(opcode, payload, at, n);
      flush();
    } catch (LinkException lost) {
      // The reading side finds out.
    } finally {
      unlockWriter();
    }
  }

  /** Says goodbye if that takes no waiting, and closes. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (writeLock.tryLock()) {
      try {
        byte[] goodbye = CloseCodes.payload(NORMAL, "");
        frames.clear();
        frames.add(FrameWriter.CLOSE, goodbye, 0, goodbye.length);
        // Small enough for the socket's buffer unless the server reads nothing; then it is cut.
        Thread cut = Thread.ofVirtual().name("emque-close").unstarted(() -> cutAfterGoodbye());
        cut.start();
        flush();
        cut.interrupt();
      } catch (LinkException lost) {
        // It is closed next.
      } finally {
        writeLock.unlock();
      }
      closeQuietly(socket);
    } else {
      cut(); // somebody writes, perhaps to a server that reads nothing
    }
  }

  private void cutAfterGoodbye() {
    try {
      Thread.sleep(1_000);
      cut();
    } catch (InterruptedException written) {
      Thread.currentThread().interrupt();
    }
  }

  /** Closes without a goodbye of TLS, which would wait for whoever writes. */
  private void cut() {
    try {
      if (socket instanceof SSLSocket) {
        socket.setSoLinger(true, 0);
      }
    } catch (IOException gone) {
      // Then closing waits for nobody.
    }
    closeQuietly(socket);
  }

  private static void closeQuietly(@Nullable Socket socket) {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException gone) {
        // That was wanted.
      }
    }
  }

  /** Where messages go. */
  interface Sink {
    /** A whole message; the array is valid during the call. */
    void message(byte[] bytes, int at, int n);
  }

  private final class Parsed implements FrameParser.Sink {
    @Nullable Sink sink;
    int closeCode = -1;
    private String closeReason = "";
    private @Nullable ByteArrayOutputStream pieces;

    @Override
    public void data(byte[] bytes, int at, int n, boolean text, boolean last) {
      Sink target = sink;
      if (target == null) {
        return;
      }
      if (last && pieces == null) {
        target.message(bytes, at, n);
        return;
      }
      if (pieces == null) {
        pieces = new ByteArrayOutputStream(Math.max(1024, n));
      }
      pieces.write(bytes, at, n);
      if (last) {
        byte[] whole = pieces.toByteArray();
        pieces = null;
        target.message(whole, 0, whole.length);
      }
    }

    @Override
    public void control(int opcode, byte[] bytes, int at, int n) {
      if (opcode == FrameWriter.PING) {
        WebSocketConnection.this.control(FrameWriter.PONG, bytes, at, n);
      }
    }

    @Override
    public void close(byte[] bytes, int at, int n) {
      closeCode = CloseCodes.code(bytes, at, n);
      closeReason = CloseCodes.reason(bytes, at, n);
      WebSocketConnection.this.control(FrameWriter.CLOSE, bytes, at, Math.min(n, 2));
    }

    /**
     * Our servers put {@code CODE} or {@code CODE: text} into the reason, or when they stop {@code
     * {"code":"DRAINING",…}}.
     */
    RuntimeException end() throws LinkException {
      if (closeReason.startsWith(MOVED)) {
        return new BrokerException(ErrorCode.DRAINING, "the broker is stopping");
      }
      int colon = closeReason.indexOf(':');
      ErrorCode code =
          Envelopes.code(colon < 0 ? closeReason : closeReason.substring(0, colon)).orElse(null);
      if (code == null) {
        throw new LinkException(
            "closed by the server with "
                + closeCode
                + (closeReason.isEmpty() ? "" : " " + closeReason));
      }
      return new BrokerException(
          code,
          colon < 0 ? "closed by the server: " + code : closeReason.substring(colon + 1).strip());
    }
  }

  /** The server's answer to the upgrade. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Answer(int status, Map<String, String> headers, byte[] rest, InputStream in) {
    static Answer read(InputStream in) throws IOException {
      var bytes = new byte[1024];
      int size = 0;
      int end = -1;
      while (end < 0) {
        if (size == MAX_ANSWER) {
          throw new LinkException("the answer to the upgrade has no end");
        }
        if (size == bytes.length) {
          bytes = Arrays.copyOf(bytes, size * 2);
        }
        int n = in.read(bytes, size, bytes.length - size);
        if (n < 0) {
          throw new LinkException("connection closed by the server before it answered");
        }
        end = endOfHead(bytes, Math.max(0, size - 3), size + n);
        size += n;
      }
      String[] lines = new String(bytes, 0, end, ISO_8859_1).split("\r\n", -1);
      var headers = new TreeMap<String, String>();
      for (int i = 1; i < lines.length; i++) {
        int colon = lines[i].indexOf(':');
        if (colon > 0) {
          headers.put(
              lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
              lines[i].substring(colon + 1).strip());
        }
      }
      return new Answer(status(lines[0]), headers, Arrays.copyOfRange(bytes, end + 4, size), in);
    }

    private static int endOfHead(byte[] bytes, int from, int to) {
      for (int i = from; i + 3 < to; i++) {
        if (bytes[i] == '\r'
            && bytes[i + 1] == '\n'
            && bytes[i + 2] == '\r'
            && bytes[i + 3] == '\n') {
          return i;
        }
      }
      return -1;
    }

    private static int status(String line) throws LinkException {
      if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
        throw new LinkException("the server does not speak HTTP/1.1");
      }
      return Integer.parseInt(line.substring(9, 12));
    }

    /** A refusal of an Emque server, or else what any server may say. */
    RuntimeException refusal() throws IOException {
      String text = body().lines().findFirst().orElse("").strip();
      ErrorCode code = Envelopes.code(headers.getOrDefault("emque-error", "")).orElse(null);
      if (code == null) {
        throw new LinkException(
            "the server answered " + status + (text.isEmpty() ? "" : ": " + text));
      }
      return new BrokerException(code, text.isEmpty() ? code.name() : text);
    }

    private String body() throws IOException {
      String length = headers.getOrDefault("content-length", "0");
      int left = length.matches("[0-9]{1,6}") ? Math.min(Integer.parseInt(length), MAX_ANSWER) : 0;
      var body = new ByteArrayOutputStream();
      body.write(rest, 0, Math.min(left, rest.length));
      if (left > rest.length) {
        body.write(in.readNBytes(left - rest.length));
      }
      return body.toString(UTF_8);
    }
  }
}
