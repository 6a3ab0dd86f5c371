package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.SlowPolicy;
import io.emque.transport.http.HttpOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * What pages of a real browser may do. {@code localhost} and 127.0.0.1 are two sites to it, and one
 * server here. The page is a plain one: the console forbids itself what is tried here.
 */
@Timeout(120)
class OriginTest {
  /** Chromium may still write while it ends. */
  @TempDir(cleanup = CleanupMode.NEVER)
  Path profile;

  private static String ready(int port) {
    return "(async () => { while (location.host.indexOf(':"
        + port
        + "') < 0 || document.readyState !== 'complete')"
        + " await new Promise(r => setTimeout(r, 50)); return await (";
  }

  private static String in(int port, String promise) {
    return ready(port) + promise + "); })()";
  }

  private static String socket(int port) {
    return in(
        port,
        """
        new Promise(r => {
          const socket = new WebSocket('ws://127.0.0.1:%d/sub?topic=foo');
          socket.onopen = () => { socket.close(); r('open'); };
          socket.onerror = () => r('refused');
        })
        """
            .formatted(port));
  }

  private static String post(int port) {
    return in(
        port,
        """
        fetch('http://127.0.0.1:%d/pub?topic=foo', {method: 'POST', body: 'x',
            headers: {'Authorization': 'Bearer x', 'Emque-Id': String(Math.random())}})
          .then(res => res.status + ' at ' + res.headers.get('Emque-Offset'))
          .catch(e => 'refused')
        """
            .formatted(port));
  }

  private static String events(int port) {
    return in(
        port,
        """
        new Promise(r => {
          const source = new EventSource('http://127.0.0.1:%d/sub?topic=foo&from=earliest');
          source.onmessage = m => { source.close(); r('message ' + m.data); };
          source.onerror = () => { source.close(); r('refused'); };
        })
        """
            .formatted(port));
  }

  private static String list(int port) {
    return in(
        port,
        "fetch('http://127.0.0.1:"
            + port
            + "/topics').then(r => 'list ' + r.status)"
            + ".catch(e => 'refused')");
  }

  @Test
  void pagesOfAnotherSiteAreRefusedAndItsOwnAndListedOnesAreServed() throws Exception {
    try (var chromium = Chromium.start(profile);
        var server = TestServer.plain();
        var listing = TestServer.plain(listing())) {
      String own = "http://127.0.0.1:" + server.port() + "/health/live";
      String foreign = "http://localhost:" + server.port() + "/health/live";
      server.broker().publish("foo", "hello");

      assertThat(chromium.run(own, socket(server.port()))).isEqualTo("open");
      assertThat(chromium.run(own, post(server.port()))).isEqualTo("200 at 1");
      assertThat(chromium.run(own, events(server.port()))).isEqualTo("message hello");
      assertThat(chromium.run(foreign, socket(server.port()))).isEqualTo("refused");
      assertThat(chromium.run(foreign, post(server.port()))).isEqualTo("refused");
      assertThat(chromium.run(foreign, events(server.port()))).isEqualTo("refused");
      assertThat(chromium.run(foreign, list(server.port()))).isEqualTo("refused");
      assertThat(server.broker().topic("foo").orElseThrow().nextOffset())
          .as("no foreign page has published")
          .isEqualTo(2);

      String listed = "http://localhost:" + listing.port() + "/health/live";
      listing.broker().publish("foo", "hello");
      assertThat(chromium.run(listed, socket(listing.port()))).isEqualTo("open");
      assertThat(chromium.run(listed, post(listing.port()))).isEqualTo("200 at 1");
      assertThat(chromium.run(listed, events(listing.port()))).isEqualTo("message hello");
      assertThat(chromium.run(listed, list(listing.port()))).isEqualTo("list 200");
    }
  }

  /** Lists any origin by name: the port is not known yet. */
  private static HttpOptions listing() {
    return new HttpOptions(
        Duration.ofSeconds(15), SlowPolicy.SKIP, false, List.of("*"), null, false);
  }
}
