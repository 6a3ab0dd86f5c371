package io.emque.server.acceptance;

import static io.emque.server.acceptance.TestAuthority.FOR_CLIENTS;
import static io.emque.server.acceptance.TestAuthority.FOR_SERVERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.emque.api.spi.Providers;
import io.emque.client.Emque;
import io.emque.pem.KeyAndChain;
import io.emque.server.AuthOptions;
import io.emque.server.ClientCertificates;
import io.emque.server.EmqueServer;
import io.emque.server.ServerException;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.server.auth.TokenText;
import io.emque.transport.http.HttpOptions;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Certificates of clients, at every door of a server. */
@Timeout(120)
class ClientCertificateTest {
  private static final String TOKEN = TokenText.create();
  private static final Duration SEEN = Duration.ofSeconds(30);
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path folder;
  private TestAuthority authority;
  private TestAuthority stranger;
  private KeyAndChain good;

  @BeforeEach
  void make() throws Exception {
    authority = new TestAuthority("clients");
    stranger = new TestAuthority("strangers");
    good = authority.client("till-7");
    TestAuthority.write(folder.resolve("ca.pem"), authority.certificate());
  }

  private TestServer start(boolean required, @Nullable AuthOptions auth) throws Exception {
    var clients = new ClientCertificates(folder.resolve("ca.pem"), required);
    return TestServer.start(
        ServerOptions.DEFAULT.tls(TlsOptions.SELF_SIGNED.clients(clients)).auth(auth));
  }

  private AuthOptions rules(String entries) throws Exception {
    Path file = Files.writeString(folder.resolve("tokens.yaml"), "tokens:\n" + entries);
    return new AuthOptions(
        Providers.builtIn().authorizer("tokens"), Map.of("tokens_file", file.toString()), false);
  }

  private String knock(TestServer server, String topic, @Nullable KeyAndChain shown)
      throws Exception {
    return TlsDoor.HTTP_PUBLISH.knock(server.port(), topic, shown, folder);
  }

  private long failures(TestServer server, String reason) throws Exception {
    String series = "emque_auth_failures_total{reason=\"" + reason + "\"} ";
    try (var peer = Peer.over(TlsDoor.connect(TlsDoor.context(good), server.port()))) {
      peer.sendHead("GET /metrics HTTP/1.1", new String[0]);
      return peer.readAnswer()
          .body()
          .lines()
          .filter(line -> line.startsWith(series))
          .mapToLong(line -> Long.parseLong(line.substring(series.length())))
          .findFirst()
          .orElseThrow();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsDoor.class)
  void onlyGoodCertificatesOpenADoorAndWordsSayWhy(TlsDoor door) throws Exception {
    Instant now = Instant.now();
    try (var server = start(true, null)) {
      assertThat(door.knock(server.port(), "foo", good, folder)).isEqualTo("OK");

      refused(server, door, null, "missing", "a client certificate is needed");
      refused(
          server, door, stranger.client("x"), "issuer", "CN=x of CN=strangers is of no authority");
      refused(
          server,
          door,
          authority.issue("late", now.minus(HOUR), now.minusSeconds(60), FOR_CLIENTS),
          "expired",
          "the certificate CN=late expired at ");
      refused(
          server,
          door,
          authority.issue("early", now.plus(HOUR), now.plus(HOUR).plus(HOUR), FOR_CLIENTS),
          "not_yet_valid",
          "the certificate CN=early is valid from ");
      refused(
          server,
          door,
          authority.issue("web", now.minus(HOUR), now.plus(HOUR), FOR_SERVERS),
          "audience",
          "the certificate CN=web is not for clients");
      assertThat(server.broker().topic("bar")).as("nothing has come through").isEmpty();
    }
  }

  private void refused(
      TestServer server, TlsDoor door, @Nullable KeyAndChain shown, String reason, String words)
      throws Exception {
    long before = failures(server, reason);

    String answer = door.knock(server.port(), "bar", shown, folder);

    assertThat(answer).startsWith("UNAUTHENTICATED").contains(words);
    assertThat(failures(server, reason)).as("counted as " + reason).isGreaterThan(before);
  }

  @Test
  void keyOfAnotherIsNoProof() throws Exception {
    var stolen = new KeyAndChain(stranger.client("thief").key(), good.chain());
    try (var server = start(true, null)) {
      assertThatThrownBy(() -> knock(server, "foo", stolen))
          .isInstanceOf(java.io.IOException.class);
      assertThat(knock(server, "foo", good)).isEqualTo("OK");
      assertThat(server.broker().topic("foo").orElseThrow().nextOffset()).isEqualTo(1);
    }
  }

  @Test
  void rulesKnowTheSubjectAndTheAlternativeNames() throws Exception {
    byte[] uri = TestAuthority.alternative(TestAuthority.URI, "spiffe://example/till");
    byte[] dns = TestAuthority.alternative(TestAuthority.DNS, "Till-9.example");
    var rules =
        rules(
            """
              - name: till
                subject: cn=Till-7
                publish: ['orders/*']
              - name: other
                san: ['uri:spiffe://example/till', 'dns:till-9.EXAMPLE']
                publish: ['invoices/*']
            """);
    try (var server = start(true, rules)) {
      assertThat(knock(server, "orders/1", good)).isEqualTo("OK");
      assertThat(knock(server, "invoices/1", good)).startsWith("FORBIDDEN: \"till\" may not");
      for (byte[] name : List.of(uri, dns)) {
        KeyAndChain named = authority.client("whoever", name);
        assertThat(knock(server, "invoices/1", named)).isEqualTo("OK");
        assertThat(knock(server, "orders/1", named)).startsWith("FORBIDDEN: \"other\" may not");
      }
      assertThat(knock(server, "orders/1", authority.client("nobody")))
          .startsWith("UNAUTHENTICATED: nobody has a certificate of the subject CN=nobody");
    }
  }

  @Test
  void optionalOnesMayBeLeftOutForATokenButNotBeBad() throws Exception {
    var rules =
        rules(
            "  - name: shop\n    hash: "
                + TokenText.hash(TOKEN)
                + "\n    publish: ['*']\n  - name: till\n    subject: CN=till-7\n"
                + "    publish: ['orders/*']\n");
    try (var server = start(false, rules)) {
      assertThat(knock(server, "orders/1", good)).isEqualTo("OK");
      assertThat(knock(server, "orders/1", null)).startsWith("UNAUTHENTICATED: a token or");
      assertThat(publishWithToken(server, null)).isEqualTo(200);
      assertThat(publishWithToken(server, good)).isEqualTo(200);
      assertThat(publishWithToken(server, stranger.client("x"))).isEqualTo(401);
    }
  }

  private static int publishWithToken(TestServer server, @Nullable KeyAndChain shown)
      throws Exception {
    try (var peer = Peer.over(TlsDoor.connect(TlsDoor.context(shown), server.port()))) {
      peer.sendHead(
          "POST /pub?topic=invoices HTTP/1.1",
          new String[] {"Authorization: Bearer " + TOKEN},
          "Content-Length: 0");
      return peer.readAnswer().status();
    }
  }

  /** A browser shows a certificate whichever page asks. */
  @Test
  void certificateIsNoUseToForeignPages() throws Exception {
    var rules = rules("  - name: till\n    subject: CN=till-7\n    publish: ['*']\n");
    var clients = new ClientCertificates(folder.resolve("ca.pem"), true);
    var anywhere =
        new HttpOptions(
            HttpOptions.DEFAULT.heartbeat(),
            HttpOptions.DEFAULT.slow(),
            false,
            List.of("*"),
            null,
            false,
            HttpOptions.DEFAULT.limits());
    var options =
        ServerOptions.DEFAULT
            .tls(TlsOptions.SELF_SIGNED.clients(clients))
            .auth(rules)
            .http(anywhere);
    try (var server = TestServer.start(options);
        var peer = Peer.over(TlsDoor.connect(TlsDoor.context(good), server.port()))) {
      for (String origin : List.of("https://evil.example", "https://localhost")) {
        peer.sendHead(
            "POST /pub?topic=foo HTTP/1.1",
            new String[] {"Origin: " + origin},
            "Content-Length: 0");
        int expected = origin.endsWith("localhost") ? 200 : 401;
        assertThat(peer.readAnswer().status()).as(origin).isEqualTo(expected);
      }
    }
  }

  @Test
  void authoritiesAreFollowedAndStandingConnectionsStay() throws Exception {
    KeyAndChain other = stranger.client("x");
    try (var server = start(true, null);
        var standing = Peer.over(TlsDoor.connect(TlsDoor.context(good), server.port()))) {
      standing.upgrade("/sub?topic=foo");
      assertThat(knock(server, "foo", other)).startsWith("UNAUTHENTICATED");

      TestAuthority.write(folder.resolve("ca.pem"), stranger.certificate());
      await().atMost(SEEN).until(() -> knock(server, "foo", other).equals("OK"));

      assertThat(knock(server, "foo", good)).startsWith("UNAUTHENTICATED");
      assertThat(standing.readMessage().opcode()).isEqualTo(2);
      TestAuthority.replace(folder.resolve("ca.pem"), new byte[] {'x'});
      server.server().reload();
      assertThat(knock(server, "foo", other)).isEqualTo("OK");

      TestAuthority.write(
          folder.resolve("ca.pem"), stranger.certificate(), authority.certificate());
      server.server().reload();
      assertThat(knock(server, "foo", good)).as("a bundle").isEqualTo("OK");
      assertThat(knock(server, "foo", other)).isEqualTo("OK");
    }
  }

  @Test
  void certificateThatExpiresEndsItsStreamsAndIsNoUseInAResumedSession() throws Exception {
    Instant now = Instant.now();
    KeyAndChain brief = authority.issue("till-7", now.minus(HOUR), now.plusSeconds(5), FOR_CLIENTS);
    var rules = rules("  - name: till\n    subject: CN=till-7\n    subscribe: ['*']\n");
    SSLContext context = TlsDoor.context(brief);
    try (var server = start(true, rules);
        var stream = Peer.over(TlsDoor.connect(context, server.port()))) {
      stream.upgrade("/sub?topic=foo");

      Peer.Frame frame = stream.readMessage();

      assertThat(frame.opcode()).isEqualTo(8);
      assertThat(ByteBuffer.wrap(frame.payload()).getShort()).isEqualTo((short) 4401);
      await()
          .atMost(SEEN)
          .untilAsserted(
              () -> {
                try (var again = Peer.over(TlsDoor.connect(context, server.port()))) {
                  again.sendHead("GET /sub?topic=foo HTTP/1.1", new String[0]);
                  Peer.Answer answer = again.readAnswer();
                  assertThat(answer.status()).isEqualTo(401);
                  assertThat(answer.body()).startsWith("the certificate CN=till-7 expired at ");
                }
              });
    }
  }

  @Test
  void clientShowsItsNewCertificateOnItsNextConnection() throws Exception {
    var rules =
        rules(
            """
              - {name: one, subject: CN=one, publish: [a]}
              - {name: two, subject: CN=two, publish: [b]}
            """);
    try (var server = start(true, rules)) {
      var builder = TlsDoor.builder(server.port(), authority.client("one"), folder);
      try (Emque client = builder.connect()) {
        client.publish("a", "x");
      }
      TestAuthority.replace(folder.resolve("client.key"), new byte[] {'x'});
      try (Emque client = builder.connect()) {
        client.publish("a", "a bad file changes nothing");
      }
      TestAuthority.write(folder, "client", authority.client("two"));
      try (Emque client = builder.connect()) {
        client.publish("b", "x");
      }
      assertThat(server.broker().topic("a").orElseThrow().nextOffset()).isEqualTo(2);
    }
  }

  @Test
  void keyThatDoesNotFitItsCertificateIsRefusedBeforeAnythingIsSent() throws Exception {
    TestAuthority.write(folder, "one", good);
    TestAuthority.write(folder, "two", authority.client("two"));

    assertThatThrownBy(
            () ->
                Emque.builder()
                    .certificateFiles(folder.resolve("one.pem"), folder.resolve("two.key")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContainingAll("two.key", "does not belong to the certificate", "one.pem");
  }

  @Test
  void authoritiesThatCannotBeReadAreRefusedAtTheStart() {
    var clients = new ClientCertificates(folder.resolve("none.pem"), true);
    var options = ServerOptions.DEFAULT.tls(TlsOptions.SELF_SIGNED.clients(clients));

    assertThatThrownBy(() -> EmqueServer.start(options.listen("127.0.0.1", 0)))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("there is no file")
        .hasMessageContaining("none.pem");
  }
}
