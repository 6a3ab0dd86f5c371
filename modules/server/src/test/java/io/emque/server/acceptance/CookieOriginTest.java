package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.SlowPolicy;
import io.emque.api.spi.Providers;
import io.emque.server.AuthOptions;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.server.auth.TokenText;
import io.emque.transport.http.HttpOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose pages may send a cookie along and read what comes of it. */
@Timeout(60)
class CookieOriginTest {
  private static final String TOKEN = TokenText.create();
  private static final String CREDENTIALS = "access-control-allow-credentials";

  @TempDir Path folder;

  private TestServer start(boolean auth, String... origins) throws Exception {
    var http =
        new HttpOptions(
            Duration.ofSeconds(15), SlowPolicy.SKIP, false, List.of(origins), null, false);
    return TestServer.start(
        ServerOptions.DEFAULT.tls(TlsOptions.OFF).http(http).auth(auth ? tokens() : null));
  }

  private AuthOptions tokens() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("tokens.yaml"),
            "tokens:\n  - {name: page, hash: '"
                + TokenText.hash(TOKEN)
                + "', publish: ['*'], subscribe: ['*']}\n");
    return new AuthOptions(
        Providers.builtIn().authorizer("tokens"), Map.of("tokens_file", file.toString()), false);
  }

  private static Peer.Head ask(TestServer server, String line, @Nullable String origin)
      throws Exception {
    var headers = new ArrayList<>(List.of("Cookie: emque_token=" + TOKEN));
    if (origin != null) {
      headers.add("Origin: " + origin);
    }
    if (line.startsWith("OPTIONS")) {
      headers.add("Access-Control-Request-Method: POST");
    }
    try (var peer = Peer.connect(server.port())) {
      peer.sendHead(line + " HTTP/1.1", headers.toArray(String[]::new), "Content-Length: 0");
      return peer.readHead();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET /topics, 200",
    "POST /pub?topic=foo, 200",
    "GET /sub?topic=foo&format=sse, 200",
    "GET /sub?topic=foo, 200",
    "OPTIONS /pub?topic=foo, 204",
    "GET /topics/nothing, 404"
  })
  void originThatIsListedByItsNameMay(String line, int status) throws Exception {
    try (var server = start(true, "https://app.example", "*")) {
      Peer.Head head = ask(server, line, "https://app.example");

      assertThat(head.status()).isEqualTo(status);
      assertThat(head.header(CREDENTIALS)).isEqualTo("true");
      assertThat(head.header("access-control-allow-origin")).isEqualTo("https://app.example");
      assertThat(head.header("vary")).contains("Origin");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET /topics, https://evil.example, 401",
    "POST /pub?topic=foo, https://evil.example, 401",
    "OPTIONS /pub?topic=foo, https://evil.example, 204",
    "GET /topics, https://app.example.evil.example, 401",
    "GET /topics, https://sub.app.example, 401",
    "GET /topics, http://app.example, 401",
    "GET /topics, https://app.example:8443, 401",
    "GET /topics, null, 401",
    "GET /topics, *, 401"
  })
  void starLetsNobodysCookieIn(String line, String origin, int status) throws Exception {
    try (var server = start(true, "https://app.example", "*", "null")) {
      Peer.Head head = ask(server, line, origin);

      assertThat(head.status()).isEqualTo(status);
      assertThat(head.headers()).doesNotContainKey(CREDENTIALS);
      assertThat(server.broker().topic("foo")).isEmpty();
    }
  }

  @Test
  void itIsSaidToNobodyElse() throws Exception {
    try (var server = start(true, "https://app.example")) {
      assertThat(ask(server, "GET /topics", null).headers()).doesNotContainKey(CREDENTIALS);
      assertThat(ask(server, "GET /topics", "http://localhost").headers())
          .as("a page of the server's own need not be told")
          .doesNotContainKey(CREDENTIALS);
      assertThat(ask(server, "GET /topics", "https://evil.example").status()).isEqualTo(403);
    }
    try (var open = start(false, "https://app.example")) {
      assertThat(ask(open, "GET /topics", "https://app.example").headers())
          .as("nobody looks at a cookie")
          .doesNotContainKey(CREDENTIALS);
    }
  }
}
