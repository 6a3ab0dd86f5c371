package io.emque.server.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.transport.http.limits.Limits;
import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.limits.Timeouts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ServerTlsTest {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final byte[] RECORD_OF_512 = {0x16, 3, 1, 2, 0};

  private final Identity identity = Identity.selfSigned("");
  private final Served plain = Served.of(identity, null);
  private final Handshakes handshakes = new Handshakes();

  @Test
  void handshakeHasADeadlineHoweverItsBytesAreSpread() throws Exception {
    try (var server = new Accepting(SHORT);
        var client = server.connect()) {
      client.getOutputStream().write(RECORD_OF_512);

      // Every byte comes long before a read time-out of the same length would end.
      assertThat(bytesTakenUntilCut(client)).isLessThan(512);
      assertThat(server.failure()).isInstanceOf(IOException.class);
    }
  }

  @Test
  void whoSaysNothingIsCutOff() throws Exception {
    try (var server = new Accepting(SHORT);
        var client = server.connect()) {
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(server.failure()).isInstanceOf(IOException.class);
    }
  }

  @Test
  void plaintextIsAnsweredAndThenCutOffThoughItGoesOn() throws Exception {
    try (var server = new Accepting(LONG);
        var client = server.connect()) {
      client.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes(US_ASCII));

      String answer = new String(client.getInputStream().readAllBytes(), US_ASCII);

      assertThat(answer).startsWith("HTTP/1.1 400 ").contains("Emque-Error: ", "https://");
      bytesTakenUntilCut(client);
      assertThat(server.failure()).isInstanceOf(IOException.class);
    }
  }

  @Test
  void connectionOutlivesTheDeadlineOfItsHandshake() throws Exception {
    try (var server = new Accepting(Duration.ofSeconds(2));
        var client = (SSLSocket) trusting().createSocket("localhost", server.port())) {
      client.startHandshake();
      var accepted = server.accepted();
      var deadline = CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS);
      CompletableFuture.runAsync(() -> {}, deadline).get();

      accepted.getOutputStream().write('x');

      assertThat(client.getInputStream().read()).isEqualTo('x');
    }
  }

  private javax.net.ssl.SSLSocketFactory trusting() throws Exception {
    var store = java.security.KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("emque", identity.chain().getFirst());
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context.getSocketFactory();
  }

  private static int bytesTakenUntilCut(Socket client) throws InterruptedException {
    int taken = 0;
    try {
      while (true) {
        client.getOutputStream().write('x');
        taken++;
        Thread.sleep(10); // a slow peer, not a wait for something
      }
    } catch (IOException cut) {
      return taken;
    }
  }

  /** Accepts one connection as the web server does. */
  private final class Accepting implements AutoCloseable {
    private final ServerSocketChannel listener = ServerSocketChannel.open();
    private final CompletableFuture<SSLSocket> handshake = new CompletableFuture<>();

    Accepting(Duration limit) throws IOException {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      var context = ServerTls.context(() -> plain, handshakes, new LiveLimits(limits(limit)));
      Thread.ofVirtual()
          .start(
              () -> {
                try (var channel = listener.accept()) {
                  var socket =
                      (SSLSocket)
                          context.getSocketFactory().createSocket(channel.socket(), null, false);
                  socket.startHandshake();
                  handshake.complete(socket);
                  new java.util.concurrent.CountDownLatch(1).await();
                } catch (Exception e) {
                  handshake.completeExceptionally(e);
                }
              });
    }

    private static Limits limits(Duration handshake) {
      Timeouts usual = Timeouts.DEFAULT;
      return Limits.DEFAULT.timeouts(
          new Timeouts(handshake, usual.request(), usual.idle(), usual.write()));
    }

    int port() {
      return listener.socket().getLocalPort();
    }

    Socket connect() throws IOException {
      return new Socket(InetAddress.getLoopbackAddress(), port());
    }

    SSLSocket accepted() throws Exception {
      return handshake.get(20, TimeUnit.SECONDS);
    }

    Throwable failure() throws Exception {
      return handshake.handle((socket, failure) -> failure).get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
