package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A real browser without a window, told what to do by its DevTools protocol. */
final class Chromium implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");
  private static final Pattern PAGE = Pattern.compile("\"webSocketDebuggerUrl\": \"([^\"]+)\"");
  private static final long AGAIN_NANOS = 50_000_000;
  private static final Pattern VALUE = Pattern.compile("\"value\":\"([^\"]*)\"");

  private final Process process;
  private final int port;

  private Chromium(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Skips the test where there is none. */
  static Chromium start(Path folder) throws IOException {
    Optional<Path> binary =
        Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(binary.isPresent(), "SKIPPED: there is no chromium; apt-get install chromium");
    var command =
        new ArrayList<>(
            List.of(
                binary.orElseThrow().toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder,
                "about:blank"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher matcher = LISTENING.matcher(line);
      if (matcher.find()) {
        Thread.ofVirtual().start(() -> lines.lines().forEach(more -> {}));
        return new Chromium(process, URI.create(matcher.group(1)).getPort());
      }
    }
    throw new IOException("chromium did not start");
  }

  /** Opens a page and runs an expression in it, whose promise gives a text. */
  String run(String address, String expression) throws Exception {
    URI page = URI.create(open(address));
    try (var peer = Peer.webSocket(port, page.getPath())) {
      String quoted = expression.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ");
      byte[] command =
          Peer.frame(
              1,
              ("{\"id\":1,\"method\":\"Runtime.evaluate\",\"params\":{\"expression\":\""
                      + quoted
                      + "\",\"awaitPromise\":true,\"returnByValue\":true}}")
                  .getBytes(UTF_8));
      peer.send(command);
      while (true) {
        String answer = new String(peer.readMessage().payload(), UTF_8);
        if (answer.startsWith("{\"id\":1,\"error\"")) {
          LockSupport.parkNanos(AGAIN_NANOS); // the page is not there yet
          peer.send(command);
        } else if (answer.startsWith("{\"id\":1,")) {
          Matcher value = VALUE.matcher(answer);
          return value.find() ? value.group(1) : answer;
        }
      }
    }
  }

  private String open(String address) throws Exception {
    try (var peer = Peer.connect(port)) {
      peer.sendHead(
          "PUT /json/new?" + URLEncoder.encode(address, UTF_8) + " HTTP/1.1", new String[0]);
      Matcher matcher = PAGE.matcher(peer.readAnswer().body());
      if (!matcher.find()) {
        throw new IOException("chromium opened no page");
      }
      return matcher.group(1);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
