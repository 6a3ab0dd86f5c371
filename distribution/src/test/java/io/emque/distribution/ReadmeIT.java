package io.emque.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every command of the README, run as it stands there; only the port is another one. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReadmeIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern COMMAND = Pattern.compile("^\\$ (.+)$", Pattern.MULTILINE);
  private static final Pattern SNIPPET = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern SUBSCRIBERS =
      Pattern.compile("^emque_subscribers\\{[^}]*} (\\d+)$", Pattern.MULTILINE);
  private static final String MESSAGE = "A completely arbitrary message";
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;
  private final List<Process> processes = new ArrayList<>();
  private int port;

  @AfterEach
  void endAll() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void everyCommandDoesWhatItSays() throws Exception {
    port = freePort();
    var streams = new LinkedHashMap<String, Path>();
    List<String> publishes = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (String given : commands("README.md")) {
      String command = given.replace("localhost:8081", "localhost:" + port);
      if (command.equals("./emque")) {
        start(command, Map.of("EMQUE_ADDRESS", "localhost:" + port), "broker");
        await().atMost(Duration.ofSeconds(120)).until(() -> answers(port));
      } else if (command.startsWith("curl -kN")) {
        streams.put(command, start(command, Map.of(), "stream" + streams.size()));
      } else if (command.startsWith("curl -k -d")) {
        publishes.add(command);
      } else if (!command.equals("mvn verify")) { // which runs this
        others.add(command);
      }
    }
    awaitSubscribers(port, streams.size());

    for (String command : publishes) {
      assertThat(run(command)).isZero();
    }

    assertThat(streams).isNotEmpty();
    assertThat(publishes).isNotEmpty();
    for (var stream : streams.entrySet()) {
      String expected =
          stream.getKey().contains("event-stream")
              ? "data: " + MESSAGE + "\n"
              : stream.getKey().contains("json")
                  ? "\"payload\":\"" + MESSAGE + "\"}\n"
                  : MESSAGE + "\n";
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(Files.readString(stream.getValue())).contains(expected));
    }
    for (String command : others) {
      assertThat(run(command)).as(command).isZero();
    }
  }

  @Test
  void everyJavaSnippetCompilesAndRuns() throws Exception {
    var snippets = new ArrayList<String>();
    port = freePort();
    start(
        "distribution/target/emque/bin/emque --access_log=off",
        Map.of("EMQUE_ADDRESS", "localhost:" + port),
        "broker");
    await().atMost(SOON).until(() -> answers(port));
    for (String page :
        List.of(
            "README.md",
            "docs/how-to/embed.md",
            "docs/how-to/use-the-java-client.md",
            "docs/how-to/come-from-the-go-client.md")) {
      var matcher = SNIPPET.matcher(Files.readString(ROOT.resolve(page)));
      while (matcher.find()) {
        snippets.add(
            matcher
                .group(1)
                .replace("localhost:8081", "localhost:" + port)
                .replaceAll("mq\\d\\.example\\.org:8081", "localhost:" + port));
      }
    }
    assertThat(snippets).hasSizeGreaterThanOrEqualTo(8);

    for (int i = 0; i < snippets.size(); i++) {
      Path source = folder.resolve("Snippet" + i + ".java");
      Files.writeString(source, program("Snippet" + i, snippets.get(i)));
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      String lib = ROOT.resolve("distribution/target/emque/lib").toString();
      var process =
          new ProcessBuilder(java, "-p", lib, "--add-modules", "ALL-MODULE-PATH", source.toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("snippet.log").toFile())
              .start();
      processes.add(process);

      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

      assertThat(process.exitValue()).as(() -> read(folder.resolve("snippet.log"))).isZero();
    }
  }

  @Test
  void pipelineOfProxiesAndServersRunsAsThePageSays() throws Exception {
    var ports = new LinkedHashMap<String, Integer>();
    for (String name : List.of("9001", "9002", "9003", "8081")) {
      ports.put(name, freePort());
    }
    var subscribed = new ArrayList<Path>();
    int servers = 0;
    for (String command : commands("docs/how-to/come-from-the-go-client.md")) {
      for (var given : ports.entrySet()) {
        command = command.replace("localhost:" + given.getKey(), "localhost:" + given.getValue());
      }
      command = command.replace("emque --", "distribution/target/emque/bin/emque --");
      if (command.contains("--publish")) {
        awaitSubscribers(ports.get("8081"), 1);
        assertThat(run(command)).isZero();
      } else if (command.contains("--subscribe")) {
        subscribed.add(start(command, Map.of(), "subscriber"));
      } else {
        int address = new ArrayList<>(ports.values()).get(servers++);
        start(command + " --access_log=off", Map.of(), "server" + servers);
        await().atMost(SOON).until(() -> answers(address));
      }
    }

    assertThat(servers).isEqualTo(4);
    assertThat(subscribed).hasSize(1);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(read(subscribed.getFirst())).isEqualTo(MESSAGE + "\n"));
  }

  /** A snippet without its imports and class gets them. */
  private static String program(String name, String snippet) {
    var imports = new StringBuilder();
    var body = new StringBuilder();
    snippet
        .lines()
        .forEach(line -> (line.startsWith("import ") ? imports : body).append(line).append('\n'));
    return imports
        + "import io.emque.api.*;\nimport io.emque.client.*;\nimport io.emque.engine.*;\nclass "
        + name
        + " {\n  public static void main(String[] arguments) throws Exception {\n"
        + body
        + "  }\n}\n";
  }

  private static List<String> commands(String page) throws IOException {
    var commands = new ArrayList<String>();
    var matcher = COMMAND.matcher(Files.readString(ROOT.resolve(page)));
    while (matcher.find()) {
      commands.add(matcher.group(1));
    }
    assertThat(commands).hasSizeGreaterThanOrEqualTo(6);
    return commands;
  }

  private Path start(String command, Map<String, String> environment, String name)
      throws IOException {
    Path out = folder.resolve(name + ".out");
    var builder =
        new ProcessBuilder("sh", "-c", "exec " + command)
            .directory(ROOT.toFile())
            .redirectError(folder.resolve(name + ".err").toFile())
            .redirectOutput(out.toFile());
    builder.environment().putAll(environment);
    processes.add(builder.start());
    return out;
  }

  private int run(String command) throws Exception {
    var builder =
        new ProcessBuilder("sh", "-c", command)
            .directory(ROOT.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("run.log").toFile());
    builder.environment().put("EMQUE_SERVERS", "localhost:" + port);
    Process process = builder.start();
    processes.add(process);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private boolean answers(int port) throws Exception {
    return run("curl -skf -o /dev/null https://localhost:" + port + "/health/ready") == 0;
  }

  private void awaitSubscribers(int port, int n) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(run("curl -skf https://localhost:" + port + "/metrics")).isZero();
              assertThat(subscribers(read(folder.resolve("run.log")))).isEqualTo(n);
            });
  }

  /** Of all protocols. */
  private static int subscribers(String metrics) {
    return SUBSCRIBERS
        .matcher(metrics)
        .results()
        .mapToInt(line -> Integer.parseInt(line.group(1)))
        .sum();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
