package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.emque.server.EmqueServer;
import io.emque.server.ServerException;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TlsTest {
  @TempDir Path folder;

  @BeforeEach
  void needOpenSsl() {
    assumeThat(hasOpenSsl()).as("SKIPPED: the openssl command is not installed").isTrue();
  }

  @Test
  void selfSignedCertificateIsVerifiedByNameAndAddressAndItsFingerprintIsTold() throws Exception {
    try (var server = TestServer.start(ServerOptions.DEFAULT)) {
      X509Certificate certificate = certificateOf(server.port());
      Path ca = folder.resolve("ca.pem");
      Files.writeString(ca, pem(certificate));
      byte[] print = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());

      assertThat(server.server().fingerprint())
          .contains(HexFormat.ofDelimiter(":").withUpperCase().formatHex(print));
      for (String host : new String[] {"localhost", "127.0.0.1"}) {
        assertThat(
                run(
                    "curl",
                    "-sS",
                    "--cacert",
                    ca.toString(),
                    "-o",
                    at("body"),
                    "-w",
                    "%{http_code} %{http_version}",
                    "https://" + host + ":" + server.port() + "/health/live"))
            .isEqualTo("200 2");
      }
      assertThat(openssl("verify", "-CAfile", ca.toString(), ca.toString())).contains("OK");
      assertThat(openssl("x509", "-in", ca.toString(), "-noout", "-text"))
          .contains("DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1")
          .contains("CA:FALSE", "TLS Web Server Authentication", "prime256v1");
      assertThat(certificate.getSubjectAlternativeNames())
          .anyMatch(name -> name.get(1).equals(localName()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ec", "ec-sec1", "rsa", "rsa-pkcs1"})
  void pemFilesOfEveryKindAreServed(String kind) throws Exception {
    makeKey(kind, "key.pem");
    certify("key.pem", "cert.pem");

    try (var server = TestServer.start(files("cert.pem", "key.pem"))) {
      assertThat(certificateOf(server.port()).getSubjectX500Principal().getName())
          .isEqualTo("CN=" + "localhost");
    }
  }

  @Test
  void keyAfterItsParametersAndAfterWordsIsRead() throws Exception {
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", at("key.pem"));
    certify("key.pem", "cert.pem");
    Path both = folder.resolve("both.pem");
    Files.writeString(
        both,
        "Zertifikat und Schl\u00fcssel - beides\r\n"
            + Files.readString(folder.resolve("key.pem"))
            + Files.readString(folder.resolve("cert.pem")));

    try (var server = TestServer.start(files("both.pem", "both.pem"))) {
      assertThat(certificateOf(server.port()).getPublicKey().getAlgorithm()).isEqualTo("EC");
    }
  }

  @Test
  void chainIsSentWhole() throws Exception {
    makeKey("ec", "root.key");
    certify("root.key", "root.pem");
    makeKey("ec", "key.pem");
    openssl("req", "-new", "-key", at("key.pem"), "-subj", "/CN=localhost", "-out", at("req.pem"));
    openssl(
        "x509",
        "-req",
        "-in",
        at("req.pem"),
        "-CA",
        at("root.pem"),
        "-CAkey",
        at("root.key"),
        "-CAcreateserial",
        "-days",
        "2",
        "-out",
        at("leaf.pem"));
    Files.writeString(
        folder.resolve("chain.pem"),
        Files.readString(folder.resolve("leaf.pem"))
            + Files.readString(folder.resolve("root.pem")));

    try (var server = TestServer.start(files("chain.pem", "key.pem"));
        var socket = handshake(server.port(), "TLSv1.3")) {
      assertThat(socket.getSession().getPeerCertificates()).hasSize(2);
    }
  }

  @Test
  void wrongFilesAreRefusedInOneLineThatNamesTheFile() throws Exception {
    makeKey("ec", "key.pem");
    certify("key.pem", "cert.pem");
    makeKey("ec", "other.pem");
    makeKey("rsa", "rsa.pem");
    openssl(
        "pkcs8",
        "-topk8",
        "-in",
        at("key.pem"),
        "-passout",
        "pass:secret",
        "-out",
        at("locked.pem"));
    openssl(
        "rsa",
        "-traditional",
        "-aes128",
        "-in",
        at("rsa.pem"),
        "-passout",
        "pass:secret",
        "-out",
        at("locked-rsa.pem"));
    Files.writeString(folder.resolve("garbage.pem"), "nothing of the kind");

    assertRefused("missing.pem", "key.pem", "there is no file", "missing.pem");
    assertRefused("cert.pem", "missing.pem", "there is no file", "missing.pem");
    assertRefused("garbage.pem", "key.pem", "holds no certificate", "garbage.pem");
    assertRefused("cert.pem", "garbage.pem", "holds no private key", "garbage.pem");
    assertRefused("cert.pem", "other.pem", "does not belong to the certificate", "other.pem");
    assertRefused("cert.pem", "rsa.pem", "no EC key", "rsa.pem");
    assertRefused("cert.pem", "locked.pem", "is encrypted", "openssl pkey");
    assertRefused("cert.pem", "locked-rsa.pem", "is encrypted", "openssl pkey");
  }

  @Test
  void oldProtocolsAreRefused() throws Exception {
    try (var server = TestServer.start(ServerOptions.DEFAULT)) {
      handshake(server.port(), "TLSv1.2").close();
      assertThatThrownBy(() -> handshake(server.port(), "TLSv1.1"))
          .isInstanceOf(SSLHandshakeException.class);
    }
  }

  @Test
  void plaintextOnTheTlsPortIsAnsweredInWords() throws Exception {
    try (var server = TestServer.start(ServerOptions.DEFAULT);
        var peer = Peer.connect(server.port())) {
      peer.sendHead("GET /topics HTTP/1.1", new String[0]);
      var answer = peer.readAnswer();

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.head().header("Emque-Error")).isNotNull();
      assertThat(answer.body()).contains("TLS").contains("https://").endsWith("\n");
    }
  }

  private void assertRefused(String certificate, String key, String... words) {
    assertThatThrownBy(() -> EmqueServer.start(files(certificate, key)).close())
        .isInstanceOf(ServerException.class)
        .hasMessageContainingAll(words)
        .hasMessageNotContaining("\n");
  }

  private ServerOptions files(String certificate, String key) {
    return ServerOptions.DEFAULT
        .listen("127.0.0.1", 0)
        .tls(new TlsOptions.Files(folder.resolve(certificate), folder.resolve(key)));
  }

  private void makeKey(String kind, String file) throws Exception {
    switch (kind) {
      case "ec" ->
          openssl(
              "genpkey",
              "-algorithm",
              "EC",
              "-pkeyopt",
              "ec_paramgen_curve:P-256",
              "-out",
              at(file));
      case "ec-sec1" ->
          openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", at(file));
      case "rsa" -> openssl("genpkey", "-algorithm", "RSA", "-out", at(file));
      default -> openssl("genrsa", "-traditional", "-out", at(file), "2048");
    }
  }

  private void certify(String key, String file) throws Exception {
    openssl(
        "req", "-x509", "-key", at(key), "-subj", "/CN=localhost", "-days", "2", "-out", at(file));
  }

  private String at(String file) {
    return folder.resolve(file).toString();
  }

  private static boolean hasOpenSsl() {
    try {
      return new ProcessBuilder("openssl", "version").start().waitFor() == 0;
    } catch (java.io.IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String openssl(String... arguments) throws Exception {
    var command = new java.util.ArrayList<String>();
    command.add("openssl");
    command.addAll(java.util.List.of(arguments));
    return run(command.toArray(new String[0]));
  }

  private static String run(String... command) throws Exception {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }

  private static String localName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (java.net.UnknownHostException e) {
      return "localhost";
    }
  }

  private static X509Certificate certificateOf(int port) throws Exception {
    try (var socket = handshake(port, "TLSv1.3")) {
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private static SSLSocket handshake(int port, String protocol) throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAll()}, null);
    var socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(new Socket("127.0.0.1", port), "localhost", port, true);
    socket.setEnabledProtocols(new String[] {protocol});
    socket.startHandshake();
    return socket;
  }

  private static String pem(X509Certificate certificate) throws Exception {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
        + "\n-----END CERTIFICATE-----\n";
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
