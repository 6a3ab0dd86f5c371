package io.emque.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.common.tls.Tls;
import io.helidon.http.BadRequestException;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Status;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.websocket.WsRouting;
import io.helidon.websocket.WsListener;
import io.helidon.websocket.WsSession;
import io.helidon.websocket.WsUpgradeException;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.SocketFactory;

/** A server with a WebSocket at {@code /ws} that records what its listener was told. */
final class TestServer implements AutoCloseable {
  final LinkedBlockingQueue<WebSocketSession> sessions = new LinkedBlockingQueue<>();
  final LinkedBlockingQueue<String> ends = new LinkedBlockingQueue<>();
  final AtomicInteger filtered = new AtomicInteger();

  private final WebServer server;
  private final SocketFactory sockets;

  private TestServer(
      Optional<Tls> tls, SocketFactory sockets, Optional<Supplier<WsListener>> listener) {
    this.sockets = sockets;
    var builder =
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
            .addRouting(WsRouting.builder().endpoint("/ws", listener.orElse(Recorder::new)));
    tls.ifPresent(builder::tls);
    this.server = builder.build().start();
  }

  static TestServer plain() {
    return new TestServer(Optional.empty(), SocketFactory.getDefault(), Optional.empty());
  }

  static TestServer listening(Supplier<WsListener> listener) {
    return new TestServer(Optional.empty(), SocketFactory.getDefault(), Optional.of(listener));
  }

  static TestServer tls() throws Exception {
    var certificate = TestCertificate.create();
    return new TestServer(
        Optional.of(Tls.builder().sslContext(certificate.context()).build()),
        certificate.context().getSocketFactory(),
        Optional.empty());
  }

  TestClient client() throws IOException {
    return client(64 * 1024);
  }

  TestClient client(int receiveBuffer) throws IOException {
    Socket plain = TestClient.connect(server.port(), receiveBuffer);
    if (sockets instanceof javax.net.ssl.SSLSocketFactory secure) {
      return new TestClient(plain, secure.createSocket(plain, "127.0.0.1", server.port(), true));
    }
    return new TestClient(plain, plain);
  }

  /** Upgrades the client's connection. */
  WebSocketSession open(TestClient client) throws Exception {
    client.request("/ws", TestClient.UPGRADE);
    assertThat(client.head()).startsWith("HTTP/1.1 101");
    return sessions.poll(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    server.stop();
  }

  private static final class Refusal extends RuntimeException {}

  private final class Recorder implements WsListener {
    @Override
    public Optional<Headers> onHttpUpgrade(HttpPrologue prologue, Headers headers)
        throws WsUpgradeException {
      return switch (prologue.query().rawValue()) {
        case "refuse" -> throw new Refusal();
        case "decline" -> throw new WsUpgradeException("declined");
        case "chat" -> {
          WritableHeaders<?> answer = WritableHeaders.create();
          answer.set(HeaderValues.create("Sec-WebSocket-Protocol", "chat"));
          yield Optional.of(answer);
        }
        default -> Optional.empty();
      };
    }

    @Override
    public void onOpen(WsSession session) {
      sessions.add((WebSocketSession) session);
    }

    @Override
    public void onMessage(WsSession session, String text, boolean last) {
      switch (text) {
        case "oops" -> throw new IllegalStateException("a fault of the listener's");
        case "echo" -> session.send("echo", true);
        default -> {}
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
}
