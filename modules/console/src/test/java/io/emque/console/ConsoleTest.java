package io.emque.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.engine.MemoryBroker;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.HttpTransport;
import io.helidon.webserver.WebServer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the files are answered with; what the page does is shown in a browser, by the server's
 * tests.
 */
@Timeout(60)
class ConsoleTest {
  private static final Pattern NAMED =
      Pattern.compile(
          "(?:from '|href=\"|src=\")((?:\\.{0,2}/|console/)[a-z./-]+\\.(?:js|css|svg))");

  private final MemoryBroker broker = new MemoryBroker();
  private WebServer server;

  @BeforeEach
  void start() {
    start(true);
  }

  private void start(boolean page) {
    var transport = new HttpTransport(broker, HttpOptions.DEFAULT);
    Console.addModules(transport);
    if (page) {
      Console.addTo(transport);
    }
    var config = WebServer.builder().port(0).host("127.0.0.1").useNio(false).shutdownHook(false);
    transport.configure(config, List.of());
    server = config.build().start();
  }

  @AfterEach
  void stop() {
    server.stop();
    broker.close();
  }

  @Test
  void everyFileThatThePageNamesIsThere() throws Exception {
    var seen = new HashSet<String>();
    var open = new ArrayDeque<>(List.of("/"));
    while (!open.isEmpty()) {
      String path = open.remove();
      if (!seen.add(path)) {
        continue;
      }
      var answer = get(path, "Accept", "text/html, */*");
      assertThat(answer.getResponseCode()).as(path).isEqualTo(200);
      assertThat(answer.getHeaderField("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(answer.getHeaderField("Cache-Control")).isEqualTo("no-cache");
      var named = NAMED.matcher(body(answer));
      while (named.find()) {
        open.add(URI.create(path).resolve(named.group(1)).getPath());
      }
    }

    assertThat(seen).contains("/console/app.js", "/console/topic.js", "/emque.js").hasSize(20);
  }

  @Test
  void pageAllowsNoScriptButItsOwn() throws Exception {
    var answer = get("/", "Accept", "text/html");

    assertThat(answer.getHeaderField("Content-Security-Policy"))
        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(body(answer)).doesNotContainPattern("<script(?![^>]*src=)|style=|onclick=");
  }

  @Test
  void fileThatIsKnownIsNotSentAgain() throws Exception {
    String tag = get("/console/app.js", "Accept", "*/*").getHeaderField("ETag");

    assertThat(tag).matches("\"[0-9a-f]{24}\"");
    assertThat(get("/console/app.js", "If-None-Match", tag).getResponseCode()).isEqualTo(304);
    assertThat(get("/console/app.js", "If-None-Match", "\"a\", W/" + tag).getResponseCode())
        .isEqualTo(304);
    assertThat(get("/console/app.js", "If-None-Match", "\"a\"").getResponseCode()).isEqualTo(200);
  }

  @Test
  void whoDoesNotAskForHtmlGetsText() throws Exception {
    var answer = get("/", "Accept", "*/*");

    assertThat(answer.getContentType()).startsWith("text/plain");
    assertThat(body(answer)).contains("curl");
  }

  @Test
  void withoutThePageItsModulesStay() throws Exception {
    server.stop();
    start(false);

    assertThat(get("/", "Accept", "text/html").getContentType()).startsWith("text/plain");
    assertThat(get("/console/app.js", "Accept", "*/*").getResponseCode()).isEqualTo(404);
    assertThat(get("/emque.js", "Accept", "*/*").getContentType()).startsWith("text/javascript");
  }

  private HttpURLConnection get(String path, String header, String value) throws IOException {
    var url = URI.create("http://127.0.0.1:" + server.port() + path).toURL();
    var connection = (HttpURLConnection) url.openConnection();
    connection.setRequestProperty(header, value);
    return connection;
  }

  private static String body(HttpURLConnection answer) throws IOException {
    try (var in = answer.getInputStream()) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
