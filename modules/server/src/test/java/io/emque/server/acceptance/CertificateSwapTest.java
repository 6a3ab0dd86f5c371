package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.server.tls.Identity;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates are replaced while connections stand and messages flow. */
@Timeout(600)
class CertificateSwapTest {
  /** {@code -Dswaps=100} for the long run. */
  private static final int SWAPS = Integer.getInteger("swaps", 10);

  private static final int SUBSCRIBERS = 4;
  private static final Duration SEEN = Duration.ofSeconds(10);

  @TempDir Path folder;

  private Path certificate;
  private Path key;
  private ServerOptions options;

  @BeforeEach
  void makeFiles() throws Exception {
    certificate = folder.resolve("cert.pem");
    key = folder.resolve("key.pem");
    write(Identity.selfSigned(""));
    options = ServerOptions.DEFAULT.tls(new TlsOptions.Files(certificate, key));
  }

  private void write(Identity identity) throws Exception {
    replace(certificate, pem("CERTIFICATE", identity.chain().getFirst().getEncoded()));
    replace(key, pem("PRIVATE KEY", identity.key().getEncoded()));
  }

  private static void replace(Path file, String content) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, content);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String pem(String type, byte[] content) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
        + "\n-----END "
        + type
        + "-----\n";
  }

  @Test
  void newConnectionsSeeNewCertificatesAndOldOnesStand() throws Exception {
    try (var server = TestServer.start(options)) {
      var stop = new AtomicBoolean();
      var subscribers = new ArrayList<Peer>();
      for (int i = 0; i < SUBSCRIBERS; i++) {
        subscribers.add(Peer.over(connect(server)).upgrade("/sub?topic=foo"));
      }
      var published = CompletableFuture.supplyAsync(() -> publishUntil(stop, server));
      List<CompletableFuture<Long>> received =
          subscribers.stream()
              .map(peer -> CompletableFuture.supplyAsync(() -> receiveAll(peer)))
              .toList();

      long slowest = 0;
      for (int i = 0; i < SWAPS; i++) {
        Identity next = Identity.selfSigned("");
        write(next);
        long written = System.nanoTime();
        awaitServed(server, next);
        slowest = Math.max(slowest, System.nanoTime() - written);
      }
      stop.set(true);

      long sent = published.get(30, TimeUnit.SECONDS);
      server.broker().publish("foo", "end");
      assertThat(sent).isPositive();
      for (var each : received) {
        assertThat(each.get(30, TimeUnit.SECONDS)).isEqualTo(sent);
      }
      assertThat(metric(server, "emque_tls_reloads_total{result=\"ok\"}")).isEqualTo(SWAPS);
      System.out.printf(
          "%d certificates, each seen after at most %d ms; %d messages to each of %d subscribers%n",
          SWAPS, TimeUnit.NANOSECONDS.toMillis(slowest), sent, SUBSCRIBERS);
      for (Peer peer : subscribers) {
        peer.close();
      }
    }
  }

  @Test
  void badFileKeepsTheOldCertificateAndAGoodOneIsTakenAfterIt() throws Exception {
    try (var server = TestServer.start(options)) {
      X509Certificate before = served(server);
      replace(certificate, "nothing of the kind");
      await()
          .atMost(SEEN)
          .untilAsserted(
              () ->
                  assertThat(metric(server, "emque_tls_reloads_total{result=\"failed\"}"))
                      .isEqualTo(1));
      assertThat(served(server)).isEqualTo(before);

      Identity next = Identity.selfSigned("");
      write(next);

      awaitServed(server, next);
      assertThat(server.server().fingerprint()).contains(next.fingerprint());
      assertThat(metric(server, "emque_tls_certificate_expiry_timestamp_seconds"))
          .isEqualTo(next.chain().getFirst().getNotAfter().toInstant().getEpochSecond());
    }
  }

  /** As a container's secrets are: a link to a folder, put in place of another at once. */
  @Test
  void linkThatLeadsElsewhereIsFollowed() throws Exception {
    Identity first = Identity.selfSigned("");
    Identity second = Identity.selfSigned("");
    Path data = folder.resolve("..data");
    for (var each : List.of(List.of("one", first), List.of("two", second))) {
      certificate = Files.createDirectory(folder.resolve((String) each.get(0))).resolve("tls.crt");
      key = certificate.resolveSibling("tls.key");
      write((Identity) each.get(1));
    }
    Files.createSymbolicLink(data, Path.of("one"));
    var linked =
        ServerOptions.DEFAULT.tls(
            new TlsOptions.Files(data.resolve("tls.crt"), data.resolve("tls.key")));
    try (var server = TestServer.start(linked)) {
      awaitServed(server, first);
      Path next = folder.resolve("..next");
      Files.createSymbolicLink(next, Path.of("two"));
      Files.move(next, data, StandardCopyOption.ATOMIC_MOVE);

      awaitServed(server, second);
    }
  }

  @Test
  void handshakesAreCountedByTheirEnd() throws Exception {
    try (var server = TestServer.start(options)) {
      connect(server).close();
      try (var plain = Peer.connect(server.port())) {
        plain.sendHead("GET / HTTP/1.1", new String[0]);
        assertThat(plain.readAnswer().status()).isEqualTo(400);
      }
      try (var broken = new Socket("127.0.0.1", server.port())) {
        broken.getOutputStream().write(new byte[] {0x16, 9, 9, 9, 9, 9});
        broken.getInputStream().readAllBytes();
      }

      assertThat(metric(server, "emque_tls_handshakes_total{result=\"plaintext\"}")).isEqualTo(1);
      assertThat(metric(server, "emque_tls_handshakes_total{result=\"failed\"}")).isEqualTo(1);
      assertThat(metric(server, "emque_tls_handshakes_total{result=\"ok\"}"))
          .isGreaterThanOrEqualTo(2);
    }
  }

  private static void awaitServed(TestServer server, Identity identity) {
    await()
        .atMost(SEEN)
        .untilAsserted(() -> assertThat(served(server)).isEqualTo(identity.chain().getFirst()));
  }

  private static X509Certificate served(TestServer server) throws Exception {
    try (var socket = connect(server)) {
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private static double metric(TestServer server, String series) throws Exception {
    try (var peer = Peer.over(connect(server))) {
      peer.sendHead("GET /metrics HTTP/1.1", new String[0]);
      return peer.readAnswer()
          .body()
          .lines()
          .filter(line -> line.startsWith(series + " "))
          .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Trusts whatever comes. */
  static SSLSocket connect(TestServer server) throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAll()}, null);
    var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", server.port());
    socket.setSoTimeout((int) SEEN.multipliedBy(3).toMillis());
    socket.startHandshake();
    return socket;
  }

  /** On one connection; returns how many were accepted. */
  private static long publishUntil(AtomicBoolean stop, TestServer server) {
    long sent = 0;
    try (var peer = Peer.over(connect(server))) {
      while (!stop.get()) {
        byte[] body = Long.toString(sent).getBytes(US_ASCII);
        peer.sendHead(
            "POST /pub?topic=foo HTTP/1.1", new String[] {"Content-Length: " + body.length});
        peer.send(body);
        assertThat(peer.readAnswer().status()).isEqualTo(200);
        sent++;
      }
      return sent;
    } catch (Exception e) {
      throw new AssertionError("the publisher's connection failed after " + sent, e);
    }
  }

  /** Until the end; returns how many messages came before it. */
  private static long receiveAll(Peer peer) {
    long received = 0;
    try {
      for (String text = peer.readMessage().text();
          !text.equals("end");
          text = peer.readMessage().text()) {
        assertThat(text).isEqualTo(Long.toString(received));
        received++;
      }
      return received;
    } catch (IOException e) {
      throw new AssertionError("a subscriber's connection failed after " + received, e);
    }
  }

  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
