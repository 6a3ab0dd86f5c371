package io.emque.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.helidon.common.buffers.BufferData;
import io.helidon.http.BadRequestException;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.websocket.WsRouting;
import io.helidon.websocket.WsListener;
import io.helidon.websocket.WsSession;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Handshake, writing from many threads, and ends, over real sockets. */
@Timeout(60)
class ConnectionTest {
  private static final String GOOD =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  private final LinkedBlockingQueue<WebSocketSession> sessions = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<String> ends = new LinkedBlockingQueue<>();
  private final AtomicInteger filtered = new AtomicInteger();
  private WebServer server;

  @BeforeEach
  void start() {
    server =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .useNio(false)
            .shutdownHook(false)
            .protocolsDiscoverServices(false)
            .addConnectionSelector(
                WebSockets.http1Selector(
                    Http1Config.create(), new WebSocketOptions(1 << 20, Duration.ofSeconds(1))))
            .addRouting(
                HttpRouting.builder()
                    .addFilter(
                        (chain, req, res) -> {
                          filtered.incrementAndGet();
                          chain.proceed();
                        })
                    .error(
                        BadRequestException.class,
                        (req, res, e) -> res.status(e.status()).send(e.getMessage()))
                    .error(
                        Refusal.class,
                        (req, res, e) -> res.status(Status.FORBIDDEN_403).send("refused\n"))
                    .get("/plain", (req, res) -> res.send("plain")))
            .addRouting(WsRouting.builder().endpoint("/ws", Recorder::new))
            .build()
            .start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "WebSocket", "WEBSOCKET", "wEbSoCkEt"})
  void everySpellingOfTheProtocolIsUpgraded(String spelling) throws Exception {
    try (var client = new Client()) {
      client.request("/ws", GOOD.replace("Upgrade: websocket", "Upgrade: " + spelling));

      assertThat(client.head()).startsWith("HTTP/1.1 101").contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      assertThat(filtered.get()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Sec-WebSocket-Version: 13, Sec-WebSocket-Version: 8, 400",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, X-Other: 1, 400",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, Sec-WebSocket-Key: Emque, 101",
    "Connection: Upgrade, 'Connection: keep-alive, upgrade', 101",
    "Connection: Upgrade, Connection: keep-alive, 404"
  })
  void handshakeFollowsTheRules(String header, String instead, int status) throws Exception {
    try (var client = new Client()) {
      client.request("/ws", GOOD.replace(header, instead));

      String head = client.head();

      assertThat(head).startsWith("HTTP/1.1 " + status);
      if (instead.endsWith(": 8")) {
        assertThat(head).contains("Sec-WebSocket-Version: 13");
      }
      if (instead.endsWith("Emque")) {
        assertThat(head).contains("u5kuFwwz4hmXkcTTLpNQaQ4uYnI=");
      }
    }
  }

  @Test
  void refusalOfAListenerGoesThroughErrorHandlersAndTheConnectionLivesOn() throws Exception {
    try (var client = new Client()) {
      client.request("/ws?refuse", GOOD);
      assertThat(client.head()).startsWith("HTTP/1.1 403");
      assertThat(client.body(8)).isEqualTo("refused\n");

      client.request("/plain", "");

      assertThat(client.head()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void pathWithoutAWebSocketIsAnOrdinaryRequest() throws Exception {
    try (var client = new Client()) {
      client.request("/plain", GOOD);

      assertThat(client.head()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void framesOfManyThreadsArriveWhole() throws Exception {
    int threads = 8;
    int each = 1_000;
    try (var client = new Client()) {
      WebSocketSession session = client.open();
      var running = new ArrayList<Thread>();
      for (int t = 0; t < threads; t++) {
        int id = t;
        running.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      for (int i = 0; i < each; i++) {
                        var payload = new byte[1 + (i * 37 + id) % 3_000];
                        java.util.Arrays.fill(payload, (byte) id);
                        session.send(BufferData.create(payload), true);
                        if (i % 10 == 0) {
                          session.ping(BufferData.create(new byte[] {(byte) id}));
                        }
                      }
                    }));
      }

      int messages = 0;
      int pings = 0;
      while (messages < threads * each) {
        Frame frame = client.frame();
        for (byte b : frame.payload()) {
          assertThat(b).isEqualTo(frame.payload()[0]);
        }
        if (frame.opcode() == 2) {
          messages++;
        } else {
          assertThat(frame.opcode()).isEqualTo(9);
          pings++;
        }
      }

      assertThat(pings).isPositive();
      for (Thread thread : running) {
        thread.join();
      }
    }
  }

  @Test
  void abortFreesAWriteThatThePeerStalls() throws Exception {
    try (var client = new Client(4_096)) {
      WebSocketSession session = client.open();
      var freed = new LinkedBlockingQueue<Boolean>();
      Thread.ofVirtual()
          .start(
              () -> {
                var much = new byte[32 << 20];
                try {
                  session.write(much, 0, much.length);
                  freed.add(false);
                } catch (RuntimeException broken) {
                  freed.add(true);
                }
              });
      await().until(() -> client.socket.getInputStream().available() > 0); // the write has begun

      session.close(1013, "SLOW_CONSUMER"); // cannot be sent behind half a frame: resets

      assertThat(freed.poll(10, TimeUnit.SECONDS)).isTrue();
      assertThat(ends.poll(10, TimeUnit.SECONDS)).startsWith("1006");
      assertThat(session.isOpen()).isFalse();
      assertThat(session.write(new byte[1], 0, 1)).isFalse();
    }
  }

  @Test
  void peerThatDoesNotAnswerACloseIsCutOff() throws Exception {
    try (var client = new Client()) {
      WebSocketSession session = client.open();

      session.close(1012, "€".repeat(60));

      Frame close = client.frame();
      assertThat(close.opcode()).isEqualTo(8);
      assertThat(close.payload()).hasSize(2 + 123);
      assertThat(new String(close.payload(), 2, 123, UTF_8)).isEqualTo("€".repeat(41));
      assertThat(client.ends()).isTrue();
      assertThat(ends.poll(10, TimeUnit.SECONDS)).startsWith("1006");
      assertThat(ends).isEmpty();
    }
  }

  @Test
  void listenerThatThrowsEndsTheConnectionWith1011AndIsToldOnce() throws Exception {
    try (var client = new Client()) {
      client.open();

      client.send(new byte[] {(byte) 0x81, (byte) 0x84, 0, 0, 0, 0, 'o', 'o', 'p', 's'});

      Frame close = client.frame();
      assertThat(close.opcode()).isEqualTo(8);
      assertThat(close.payload()).startsWith(1011 >>> 8, 1011 & 0xff);
      assertThat(ends.poll(10, TimeUnit.SECONDS)).startsWith("error");
      assertThat(ends).isEmpty();
    }
  }

  @Test
  void framesBehindTheUpgradeRequestAreNotLost() throws Exception {
    try (var client = new Client()) {
      client.send(
          ("GET /ws HTTP/1.1\r\nHost: x\r\n" + GOOD + "\r\n\u0089\u0080\0\0\0\0")
              .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
      assertThat(client.head()).startsWith("HTTP/1.1 101");

      assertThat(client.frame().opcode()).isEqualTo(10);
    }
  }

  private static final class Refusal extends RuntimeException {}

  private final class Recorder implements WsListener {
    @Override
    public Optional<Headers> onHttpUpgrade(HttpPrologue prologue, Headers headers) {
      if (prologue.query().rawValue().equals("refuse")) {
        throw new Refusal();
      }
      return Optional.empty();
    }

    @Override
    public void onOpen(WsSession session) {
      sessions.add((WebSocketSession) session);
    }

    @Override
    public void onMessage(WsSession session, String text, boolean last) {
      if (text.equals("oops")) {
        throw new IllegalArgumentException("a fault of the listener's");
      }
    }

    @Override
    public void onClose(WsSession session, int status, String reason) {
      ends.add(status + " " + reason);
    }

    @Override
    public void onError(WsSession session, Throwable t) {
      ends.add("error " + t.getMessage());
    }
  }

  private record Frame(int opcode, byte[] payload) {}

  private final class Client implements AutoCloseable {
    private final Socket socket = new Socket();
    private final DataInputStream in;

    Client() throws IOException {
      this(64 * 1024);
    }

    Client(int receiveBuffer) throws IOException {
      socket.setReceiveBufferSize(receiveBuffer);
      socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
      socket.setSoTimeout(20_000);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    WebSocketSession open() throws Exception {
      request("/ws", GOOD);
      assertThat(head()).startsWith("HTTP/1.1 101");
      return sessions.poll(10, TimeUnit.SECONDS);
    }

    void request(String target, String headers) throws IOException {
      send(("GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n").getBytes(US_ASCII));
    }

    void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
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
      } catch (java.net.SocketException reset) {
        return true;
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
