package io.emque.server.acceptance;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assumptions.abort;

import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.SlowPolicy;
import io.emque.api.SubscribeOptions;
import io.emque.engine.EngineOptions;
import io.emque.server.ServerOptions;
import io.emque.transport.http.HttpOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What browsers get, in a real Chromium: the console and {@code emque.js}; and whether the server
 * is as its descriptions say. Screenshots are left in {@code target/screenshots}.
 */
@Timeout(value = 280, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrowserTest {
  private static final List<String> CHROMIUMS = List.of("chromium", "chromium-browser");
  private static final Path SCREENSHOTS = Path.of("target", "screenshots").toAbsolutePath();
  private static final String EVIL = "<img src=x onerror=\"alert(1)\"><script>alert(2)</script>";
  private static final List<String> BUSY = List.of("orders", "prices", "audit", "chat");

  private TestServer server;
  private int port;
  private volatile Thread load = Thread.ofVirtual().unstarted(() -> {});
  private volatile Thread flood = Thread.ofVirtual().unstarted(() -> {});
  private volatile boolean enough;
  private volatile int flooded;

  @AfterEach
  void stop() {
    load.interrupt();
    enough = true;
    flood.interrupt();
    if (server != null) {
      server.close();
    }
  }

  @Test
  void consoleShowsTheBroker() throws Exception {
    runInBrowser("console.mjs");
  }

  @Test
  void moduleForBrowsersPublishesAndResumes() throws Exception {
    runInBrowser("module.mjs");
  }

  @Test
  void chatOfTheExamplesIsHeardByAll() throws Exception {
    runInBrowser("chat.mjs");
  }

  @Test
  void serverIsAsItsDescriptionsSay() throws Exception {
    NodeScripts scripts = NodeScripts.install("browser");
    server = TestServer.plain(EngineOptions.DEFAULT.maxMessageBytes(1024 * 1024));
    scripts.run(this::answer, "api.mjs", "none", "http://127.0.0.1:" + server.port(), "none");
  }

  private void runInBrowser(String script) throws Exception {
    String chromium = chromium();
    NodeScripts scripts = NodeScripts.install("browser");
    server = TestServer.start(options());
    port = server.port();
    scripts.run(
        this::answer, script, chromium, "https://127.0.0.1:" + port, SCREENSHOTS.toString());
  }

  private static ServerOptions options() {
    return ServerOptions.DEFAULT
        .http(
            new HttpOptions(
                Duration.ofSeconds(15),
                SlowPolicy.SKIP,
                false,
                List.of("https://that.example"),
                null,
                false))
        .drain(Duration.ofSeconds(5));
  }

  private static String chromium() throws InterruptedException {
    for (String name : CHROMIUMS) {
      if (NodeScripts.works(name, "--version")) {
        return "/usr/bin/" + name;
      }
    }
    return abort("SKIPPED: no Chromium (Debian: chromium) is there");
  }

  /** What scripts ask for. */
  private String answer(String[] words) throws Exception {
    switch (words[0]) {
      case "codes" -> {
        return Stream.of(ErrorCode.values()).map(ErrorCode::name).collect(joining(" "));
      }
      case "docs" -> {
        return Path.of("..", "..", "docs").toAbsolutePath().normalize().toString();
      }
      case "load" -> load(Integer.parseInt(words[1]));
      case "topics" -> makeTopics(Integer.parseInt(words[1]));
      case "flood" -> flood = flood(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      case "flooded" -> {
        enough = true;
        flood.join();
        return String.valueOf(flooded);
      }
      case "stop" -> {
        load.interrupt();
        load.join();
        server.close();
        server = null;
      }
      case "start" -> server = TestServer.startAt(port, options());
      default -> throw new IllegalArgumentException("nothing is known of " + words[0]);
    }
    return "";
  }

  /** So many messages a second, to topics with subscribers. */
  private void load(int perSecond) {
    BUSY.forEach(
        topic -> server.broker().subscribe(topic, SubscribeOptions.DEFAULT, delivery -> {}));
    TestServer loaded = server;
    load =
        publisher(
            i -> true,
            perSecond,
            i ->
                loaded
                    .broker()
                    .publish(
                        BUSY.get(i % BUSY.size()), "{\"order\":%d,\"item\":\"tea\"}".formatted(i)));
  }

  /** So many messages at least, and more until there are enough. */
  private Thread flood(int atLeast, int perSecond) {
    return publisher(
        i -> i < atLeast || !enough,
        perSecond,
        i -> {
          server.broker().publish("flood", "message " + i);
          flooded = i + 1;
        });
  }

  private static Thread publisher(IntPredicate goesOn, int perSecond, IntConsumer each) {
    return Thread.ofVirtual()
        .start(
            () -> {
              long begin = System.nanoTime();
              for (int i = 0; goesOn.test(i); i++) {
                long due = begin + i * 1_000_000_000L / perSecond;
                long early = due - System.nanoTime();
                try {
                  if (early > 1_000_000) {
                    Thread.sleep(Duration.ofNanos(early));
                  }
                } catch (InterruptedException e) {
                  return;
                }
                each.accept(i);
              }
            });
  }

  private void makeTopics(int count) {
    var broker = server.broker();
    for (int i = 0; i < count; i++) {
      broker.publish("topic-%05d".formatted(i), "one of many");
    }
    broker.publish(EVIL, EVIL);
    broker.publish("big", "x".repeat(1024 * 1024));
    broker.publish("bytes", Publication.of(new byte[] {0, -1, -2, 'A', 'B'}));
    for (int i = 0; i < 2_000; i++) {
      broker.publish("many", "m" + i);
    }
  }
}
