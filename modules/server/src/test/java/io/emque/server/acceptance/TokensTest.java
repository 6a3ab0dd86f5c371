package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.api.spi.Providers;
import io.emque.server.AuthOptions;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.server.auth.TokenText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The authorizer {@code tokens}, at every door of a server. */
@Timeout(60)
class TokensTest {
  private static final String GOOD = TokenText.create();
  private static final String EXPIRED = TokenText.create();
  private static final String EARLY = TokenText.create();
  private static final String REVOKED = TokenText.create();
  private static final String ODD = TokenText.create();
  private static final String NOTHING = TokenText.create();

  @TempDir Path folder;
  private TestServer server;

  private static String entry(String name, String token, String more) {
    return "  - name: " + name + "\n    hash: " + TokenText.hash(token) + "\n" + more;
  }

  private static String rules(String pattern) {
    return "    publish: ['" + pattern + "']\n    subscribe: ['" + pattern + "']\n";
  }

  private static String file() {
    return "tokens:\n"
        + entry("good", GOOD, rules("orders/*") + "    admin: ['orders/*']\n    metrics: true\n")
        + entry("expired", EXPIRED, rules("*") + "    expires: 2020-01-01T00:00:00Z\n")
        + entry("early", EARLY, rules("*") + "    not_before: 2120-01-01T00:00:00Z\n")
        + entry("revoked", REVOKED, rules("*") + "    revoked: true\n")
        + entry("odd", ODD, rules("a\\*b ü/*.log"))
        + entry("nothing", NOTHING, "");
  }

  @BeforeEach
  void start() throws Exception {
    Path file = Files.writeString(folder.resolve("tokens.yaml"), file());
    var auth =
        new AuthOptions(
            Providers.builtIn().authorizer("tokens"),
            Map.of("tokens_file", file.toString()),
            false);
    server = TestServer.start(ServerOptions.DEFAULT.tls(TlsOptions.OFF).auth(auth));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private long failures(String reason) throws Exception {
    return metric("emque_auth_failures_total{reason=\"" + reason + "\"}");
  }

  private long metric(String name) throws Exception {
    try (var peer = Peer.connect(server.port())) {
      peer.sendHead("GET /metrics HTTP/1.1", new String[] {"Authorization: Bearer " + GOOD});
      String body = peer.readAnswer().body();
      return body.lines()
          .filter(line -> line.startsWith(name + " "))
          .map(line -> (long) Double.parseDouble(line.substring(name.length() + 1)))
          .findFirst()
          .orElseThrow();
    }
  }

  private void refused(Door door, String topic, @Nullable String token, String code, String reason)
      throws Exception {
    long before = failures(reason);

    String answer = door.knock(server.port(), topic, token);

    assertThat(answer).as(reason).isEqualTo(code);
    assertThat(failures(reason)).as("counted as " + reason).isGreaterThan(before);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  void onlyGoodTokensOpenADoorAndOnlyWhereTheirRulesAllow(Door door) throws Exception {
    boolean proxy = door == Door.PROXY_HOP;
    String unauthenticated = proxy ? "UPSTREAM_FAILED" : "UNAUTHENTICATED";
    String forbidden = "FORBIDDEN";

    assertThat(door.knock(server.port(), "orders/1", GOOD)).isEqualTo("OK");
    assertThat(door.knock(server.port(), "a*b ü/x y+&.log", ODD)).isEqualTo("OK");

    refused(door, "orders/1", null, unauthenticated, "missing");
    refused(door, "orders/1", TokenText.create(), unauthenticated, "unknown");
    refused(door, "orders/1", EXPIRED, unauthenticated, "expired");
    refused(door, "orders/1", EARLY, unauthenticated, "not_yet_valid");
    refused(door, "orders/1", REVOKED, unauthenticated, "revoked");
    refused(door, "invoices/1", GOOD, forbidden, "forbidden");
    refused(door, "ORDERS/1", GOOD, forbidden, "forbidden");
    refused(door, "orders/1", NOTHING, forbidden, "forbidden");
    refused(door, "aXb ü/x.log", ODD, forbidden, "forbidden");
    refused(door, "a*b ü/x.logs", ODD, forbidden, "forbidden");
    refused(door, "a*b u\u0308/x.log", ODD, forbidden, "forbidden");
    assertThat(server.broker().topic("invoices/1")).as("nothing has come through").isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET /topics                     | NONE    | UNAUTHENTICATED
          GET /topics/orders%2F1          | NONE    | UNAUTHENTICATED
          GET /topics?topic=orders/1      | NOTHING | FORBIDDEN
          DELETE /topics/orders%2F1       | NONE    | UNAUTHENTICATED
          DELETE /topics?topic=orders/1   | ODD     | FORBIDDEN
          GET /metrics                    | NONE    | UNAUTHENTICATED
          GET /metrics                    | ODD     | FORBIDDEN
          GET /stats                      | NONE    | UNAUTHENTICATED
          GET /stats                      | ODD     | FORBIDDEN
          GET /health/live                | NONE    | OK
          GET /health/ready               | REVOKED | OK
          GET /                           | NONE    | OK
          """)
  void everyOtherEndpointAsksToo(String line, String who, String code) throws Exception {
    String token =
        switch (who) {
          case "NOTHING" -> NOTHING;
          case "ODD" -> ODD;
          case "REVOKED" -> REVOKED;
          default -> null;
        };
    String[] headers =
        token == null ? new String[0] : new String[] {"Authorization: Bearer " + token};

    assertThat(Door.request(server.port(), line, headers)).isEqualTo(code);
  }

  @Test
  void listShowsTheTopicsThatOneMaySubscribeTo() throws Exception {
    server.broker().publish("orders/1", "x");
    server.broker().publish("secret", "x");

    try (var peer = Peer.connect(server.port())) {
      peer.sendHead("GET /topics HTTP/1.1", new String[] {"Authorization: Bearer " + GOOD});

      assertThat(peer.readAnswer().body()).contains("\"orders/1\"").doesNotContain("secret");
    }
  }

  @Test
  void challengeSaysWhatIsWantedAndTokensAreNeverEchoed() throws Exception {
    try (var peer = Peer.connect(server.port());
        var other = Peer.connect(server.port())) {
      String wrong = TokenText.create();
      peer.sendHead("GET /topics HTTP/1.1", new String[0]);
      other.sendHead("GET /topics HTTP/1.1", new String[] {"Authorization: Bearer " + wrong});

      var missing = peer.readAnswer();
      var unknown = other.readAnswer();

      assertThat(missing.status()).isEqualTo(401);
      assertThat(missing.head().header("www-authenticate")).isEqualTo("Bearer realm=\"emque\"");
      assertThat(unknown.head().header("www-authenticate"))
          .isEqualTo("Bearer realm=\"emque\", error=\"invalid_token\"");
      assertThat(unknown.head() + unknown.body()).doesNotContain(wrong);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Authorization: Basic dXNlcjpwYXNz, malformed",
    "Authorization: Bearer, malformed",
    "Authorization: Bearer a b, malformed"
  })
  void whatIsNoBearerTokenIsRefused(String header, String reason) throws Exception {
    long before = failures(reason);

    assertThat(Door.request(server.port(), "GET /topics", header)).isEqualTo("UNAUTHENTICATED");
    assertThat(failures(reason)).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @CsvSource({
    "Origin: https://evil.example, ORIGIN_REFUSED",
    "Sec-Fetch-Site: cross-site, UNAUTHENTICATED",
    "Sec-Fetch-Site: same-site, UNAUTHENTICATED",
    "Sec-Fetch-Site: same-origin, OK",
    "Origin: http://localhost, OK"
  })
  void cookieIsNoUseToForeignPages(String header, String code) throws Exception {
    assertThat(
            Door.request(
                server.port(), "POST /pub?topic=orders/1", "Cookie: emque_token=" + GOOD, header))
        .isEqualTo(code);
  }

  @Test
  void tokenInTheQueryIsNotLookedAt() throws Exception {
    assertThat(Door.request(server.port(), "GET /topics?token=" + GOOD))
        .isEqualTo("UNAUTHENTICATED");
  }

  @Test
  void subProtocolIsAnsweredWithoutTheToken() throws Exception {
    try (var peer = Peer.connect(server.port())) {
      peer.sendHead(
          "GET /sub?topic=orders/1 HTTP/1.1",
          new String[] {"Sec-WebSocket-Protocol: bearer." + GOOD + ", emque.plain"},
          "Connection: Upgrade",
          "Upgrade: websocket",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
      Peer.Head head = peer.readHead();

      assertThat(head.status()).isEqualTo(101);
      assertThat(head.header("sec-websocket-protocol")).isEqualTo("emque.plain");
    }
  }

  // ---- streams

  private static String expiring(Instant at) {
    return "tokens:\n"
        + entry("good", GOOD, rules("orders/*") + "    metrics: true\n")
        + entry("short", EXPIRED, rules("*") + "    expires: " + at + "\n");
  }

  /** Waits until the file that the server follows has been read. */
  private void write(String text, String probe, String answer) throws Exception {
    Path next = Files.writeString(folder.resolve("next.yaml"), text);
    Files.move(
        next,
        folder.resolve("tokens.yaml"),
        java.nio.file.StandardCopyOption.ATOMIC_MOVE,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Door.HTTP_PUBLISH.knock(server.port(), "orders/1", probe).equals(answer));
  }

  @Test
  void streamsEndWhenTheirCredentialExpires() throws Exception {
    write(expiring(Instant.now().plusSeconds(4)), EXPIRED, "OK");

    try (var streams = new LiveStreams(server.port(), "orders/1", EXPIRED)) {
      streams.assertEnded("UNAUTHENTICATED", 4401);
    }
    assertThat(metric("emque_auth_streams_ended_total")).isEqualTo(LiveStreams.COUNT);
  }

  @Test
  void streamsEndWhenTheirTokenIsRevoked() throws Exception {
    write(expiring(Instant.now().plusSeconds(3_600)), EXPIRED, "OK");

    try (var streams = new LiveStreams(server.port(), "orders/1", EXPIRED)) {
      write("tokens:\n" + entry("good", GOOD, rules("*")), EXPIRED, "UNAUTHENTICATED");

      streams.assertEnded("UNAUTHENTICATED", 4401);
    }
  }

  @Test
  void streamsEndWhenTheirRulesNoLongerAllowThem() throws Exception {
    write(expiring(Instant.now().plusSeconds(3_600)), EXPIRED, "OK");

    try (var streams = new LiveStreams(server.port(), "orders/1", EXPIRED)) {
      write("tokens:\n" + entry("short", EXPIRED, rules("other")), EXPIRED, "FORBIDDEN");

      streams.assertEnded("FORBIDDEN", 1008);
    }
  }

  @Test
  void fileThatCannotBeUsedChangesNothing() throws Exception {
    Path file = folder.resolve("tokens.yaml");
    Files.writeString(file, "tokens:\n  - name: x\n    hash: secret\n");

    server.server().reload();

    assertThat(Door.HTTP_PUBLISH.knock(server.port(), "orders/1", GOOD)).isEqualTo("OK");
  }
}
