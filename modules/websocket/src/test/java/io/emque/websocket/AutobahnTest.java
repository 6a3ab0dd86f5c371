package io.emque.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.websocket.WsRouting;
import io.helidon.websocket.WsListener;
import io.helidon.websocket.WsSession;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The Autobahn suite against an echo on this module's connection: every case passes strictly. */
@Timeout(300)
class AutobahnTest {
  private static final int CASES = 247;
  private static final Path SUITE = Path.of("target", "autobahn").toAbsolutePath();
  private static final Pattern VERDICT =
      Pattern.compile(
          "\"([0-9.]+)\": \\{\\s*\"behavior\": \"([A-Z -]+)\",\\s*\"behaviorClose\": \"([A-Z -]+)\"");

  @TempDir Path folder;

  @Test
  void everyCasePassesStrictly() throws Exception {
    var server =
        WebServer.builder()
            .port(0)
            .useNio(false)
            .shutdownHook(false)
            .addConnectionSelector(
                WebSockets.http1Selector(Http1Config.create(), WebSocketOptions.DEFAULT))
            .addRouting(WsRouting.builder().endpoint("/", Echo::new))
            .build()
            .start();
    try {
      runSuite(server.port());
    } finally {
      server.stop();
    }

    var counts = new TreeMap<String, Integer>();
    var wrong = new ArrayList<String>();
    var verdicts = VERDICT.matcher(Files.readString(folder.resolve("reports/index.json")));
    int cases = 0;
    while (verdicts.find()) {
      cases++;
      String behavior = verdicts.group(2);
      String close = verdicts.group(3);
      counts.merge(behavior, 1, Integer::sum);
      if (!(behavior.equals("OK") || behavior.equals("INFORMATIONAL"))
          || !(close.equals("OK") || close.equals("INFORMATIONAL"))) {
        wrong.add(verdicts.group(1) + " " + behavior + ", close " + close);
      }
    }
    System.getLogger("autobahn")
        .log(System.Logger.Level.INFO, "Autobahn: " + cases + " cases, " + counts);
    assertThat(wrong).isEmpty();
    assertThat(cases).isEqualTo(CASES);
  }

  private void runSuite(int port) throws Exception {
    Files.writeString(
        folder.resolve("fz.json"),
        """
        {"options": {"failByDrop": false}, "outdir": "reports",
         "servers": [{"agent": "emque", "url": "ws://127.0.0.1:%d", "options": {"version": 18}}],
         "cases": ["*"], "exclude-cases": ["9.*"], "exclude-agent-cases": {}}
        """
            .formatted(port));
    var log = folder.resolve("wstest.log").toFile();
    var process =
        new ProcessBuilder(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dpython.path=" + SUITE.resolve("suite"),
                "-Dpython.cachedir=" + folder.resolve("jython"),
                "-jar",
                SUITE.resolve("jython-standalone.jar").toString(),
                "-c",
                "import sys; sys.argv=['wstest','-m','fuzzingclient','-s','fz.json'];"
                    + " from autobahntestsuite import wstest; wstest.run()")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log)
            .start();
    try {
      assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(folder.resolve("reports/index.json"))
        .withFailMessage(() -> read(log.toPath()))
        .exists();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  private static final class Echo implements WsListener {
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
    private final StringBuilder text = new StringBuilder();

    @Override
    public void onMessage(WsSession session, String piece, boolean last) {
      text.append(piece);
      if (last) {
        session.send(text.toString(), true);
        text.setLength(0);
      }
    }

    @Override
    public void onMessage(WsSession session, BufferData piece, boolean last) {
      binary.writeBytes(piece.readBytes());
      if (last) {
        session.send(BufferData.create(binary.toByteArray()), true);
        binary.reset();
      }
    }

    @Override
    public void onClose(WsSession session, int status, String reason) {
      assertThat(reason.getBytes(UTF_8).length).isLessThanOrEqualTo(123);
    }
  }
}
