package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The verbs of a client, each a process, against a real server. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClientProcessTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;
  private EmqueServer server;
  private int port;
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    server = EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", 0));
    port = server.port();
  }

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
    server.close();
  }

  private record Result(int code, String out, String talk) {}

  private Process process(String... arguments) throws Exception {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--servers=127.0.0.1:" + port);
    Process process =
        new ProcessBuilder(ServeProcessTest.Broker.command(all.toArray(String[]::new))).start();
    processes.add(process);
    return process;
  }

  private Result run(String input, String... arguments) throws Exception {
    Process process = process(arguments);
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(UTF_8));
    }
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String talk = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), out, talk);
  }

  @Test
  void linesArePublishedPrintedExportedAndImported() throws Exception {
    var published = run("one\r\n\ntwo\nthree", "pub", "foo");
    assertThat(published).isEqualTo(new Result(0, "", ""));

    var printed = run("", "sub", "foo", "--from=earliest", "--count=4");
    assertThat(printed).isEqualTo(new Result(0, "one\n\ntwo\nthree\n", ""));

    var exported = run("", "export", "foo");
    assertThat(exported.out().lines()).hasSize(4);
    assertThat(exported.out()).startsWith("{\"timestamp\":").contains("\"payload\":\"b25l\"");

    assertThat(run(exported.out(), "import", "bar").code()).isZero();
    var copied = run("", "sub", "bar", "--from=earliest", "--count=4", "--format=json");
    assertThat(copied.out().lines()).hasSize(4);
    assertThat(copied.out()).contains("\"payload\":\"three\"");

    assertThat(run("", "topics").out()).contains("foo", "bar");
    assertThat(run("", "topics", "--json").out()).contains("\"topic\":\"bar\"");
  }

  @Test
  void originalsFlagsPublishAndSubscribe() throws Exception {
    assertThat(run("old\n", "--client", "--publish", "--topic=foo"))
        .isEqualTo(new Result(0, "", ""));

    var printed =
        run("", "--client", "-subscribe", "-topic", "foo", "--from=earliest", "--count=1");

    assertThat(printed.out()).isEqualTo("old\n");
  }

  @Test
  void oneMessageKeepsItsIdAndHeaders() throws Exception {
    for (int i = 0; i < 2; i++) {
      var result = run("", "pub", "foo", "hello", "--id=once", "--header=kind=greeting");
      assertThat(result.code()).isZero();
    }

    var printed = run("", "sub", "foo", "--from=earliest", "--count=1", "--format=json");

    assertThat(printed.out()).contains("\"id\":\"once\"", "\"headers\":{\"kind\":\"greeting\"}");
    assertThat(server.broker().topic("foo").orElseThrow().nextOffset()).isEqualTo(1);
  }

  @Test
  void failureIsOneLineWithTheNextStepAndExitCodeOne() throws Exception {
    server.close();

    var result = run("x\n", "pub", "foo");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.talk().lines()).hasSize(1);
    assertThat(result.talk())
        .startsWith("emque: line 1 was not published: ")
        .contains("127.0.0.1:" + port)
        .contains("is it running?");
  }

  @Test
  void filesOfTheOriginalAreImported() throws Exception {
    Path file = folder.resolve("foo.mq");
    Files.writeString(
        file,
        """
        {"timestamp":1510000000000000000,"topic":"foo","payload":"b25l"}
        {"timestamp":1510000000000000001,"topic":"foo","payload":null}
        {"timestamp":1510000000000000002,"topic":"foo","payload":"w7w="}
        """);

    assertThat(run("", "import", "foo", "--file=" + file).code()).isZero();

    assertThat(run("", "sub", "foo", "--from=earliest", "--count=3").out()).isEqualTo("one\n\nü\n");
  }

  @Test
  void topicsAreRemovedByName() throws Exception {
    run("x\n", "pub", "foo");

    assertThat(run("", "topics", "rm", "foo", "bar"))
        .isEqualTo(new Result(1, "", "emque: topic \"bar\" is not there\n"));

    assertThat(server.broker().topic("foo")).isEmpty();
  }

  @Test
  void importRefusesWhatExportDoesNotPrintByItsLine() throws Exception {
    var result = run("{\"payload\":\"b25l\"}\nnonsense\n", "import", "foo");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.talk()).contains("line 2 is not what export prints");
    assertThat(server.broker().topic("foo").orElseThrow().nextOffset()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"payload\":1234}",
        "{\"payload\":\"b25l",
        "{\"payload\":\"not Base64\"}",
        "{\"payload\":\"b25l\"}{\"payload\":\"b25l\"}",
      })
  void importTakesNothingThatIsMalformed(String line) throws Exception {
    Path file = folder.resolve("foo.mq");
    Files.writeString(file, "{\"payload\":\"b25l\"}\n" + line);

    var result = run("", "import", "foo", "--file=" + file);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.talk()).startsWith("emque: line 2 is not what export prints: ");
    assertThat(result.talk().lines()).hasSize(1);
    assertThat(server.broker().topic("foo").orElseThrow().nextOffset()).isEqualTo(1);
  }

  @Test
  void exportOfATopicThatIsNotThereIsAFailure() throws Exception {
    assertThat(run("", "export", "foo"))
        .isEqualTo(
            new Result(
                1, "", "emque: topic \"foo\" is not there; emque topics lists those that are\n"));
  }

  @Test
  void subscriberEndsQuietlyWhenNobodyReadsItsOutput() throws Exception {
    for (int i = 0; i < 100_000; i++) {
      server.broker().publish("foo", "message " + i);
    }
    Process process = process("sub", "foo", "--from=earliest");
    BufferedReader out = process.inputReader(UTF_8);
    assertThat(out.readLine()).isEqualTo("message 0");

    out.close();

    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    assertThat(process.getErrorStream().readAllBytes()).isEmpty();
  }

  @Test
  void promptWithoutATerminalPublishesLinesAndPrintsMessages() throws Exception {
    var result = run("typed\nagain\n", "-i", "--topic=foo");

    assertThat(result.code()).isZero();
    assertThat(result.out()).isEqualTo("typed\nagain\n");
  }

  @Test
  void promptInATerminalHasCommandsAndEndsWith130AtCtrlC() throws Exception {
    Terminal terminal = terminal("-i", "--topic=foo", "--no_history");
    terminal.awaitText("foo> ");

    terminal.type("hello\r");
    awaitPublished("foo", 1);
    terminal.type("/topic bar\r");
    terminal.awaitText("bar> ");
    terminal.type("\u001b[A\u001b[A\r"); // up twice: hello again, in bar
    awaitPublished("bar", 1);
    terminal.type("\u0003");

    assertThat(terminal.exitCode()).isEqualTo(130);
  }

  @Test
  void promptOutlivesItsServerAndEndsWithZeroAtCtrlD() throws Exception {
    Terminal terminal = terminal("-i", "--topic=foo", "--no_history");
    terminal.awaitText("foo> ");
    terminal.type("before\r");
    awaitPublished("foo", 1);
    terminal.awaitText("before");

    server.close();
    terminal.awaitText("lost");
    server = EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", port));
    await().atMost(SOON).until(() -> server.broker().stats().subscribers() == 1);
    server.broker().publish("foo", "from elsewhere");
    terminal.awaitText("from elsewhere");
    terminal.type("after\r\u0004"); // at once

    assertThat(terminal.exitCode()).isZero();
    assertThat(server.broker().stats().published()).isEqualTo(2);
  }

  /** A process in a pseudo-terminal. */
  private Terminal terminal(String... arguments) throws Exception {
    assumeThat(Path.of("/usr/bin/script"))
        .as("SKIPPED: script of util-linux is not installed")
        .exists();
    var all = ServeProcessTest.Broker.command(arguments);
    all.add("--servers=127.0.0.1:" + port);
    Path log = folder.resolve("terminal");
    var builder =
        new ProcessBuilder(
                "script",
                "-qefc",
                "stty cols 100 rows 30; exec " + String.join(" ", all),
                folder.resolve("typescript").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("TERM", "xterm");
    Process process = builder.start();
    processes.add(process);
    return new Terminal(process, log);
  }

  private record Terminal(Process process, Path log) {
    void type(String text) throws IOException {
      OutputStream keys = process.getOutputStream();
      keys.write(text.getBytes(UTF_8));
      keys.flush();
    }

    void awaitText(String text) {
      await().atMost(SOON).untilAsserted(() -> assertThat(Files.readString(log)).contains(text));
    }

    int exitCode() throws InterruptedException {
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    }
  }

  private void awaitPublished(String topic, long messages) {
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(() -> server.broker().topic(topic).orElseThrow().nextOffset() == messages);
  }

  @Test
  void completionNamesEveryFlag() throws Exception {
    for (String shell : List.of("bash", "zsh", "fish")) {
      var result = run("", "completion", shell);

      assertThat(result.code()).isZero();
      for (Flag flag : Flags.ALL) {
        assertThat(result.out()).contains(flag.name());
      }
    }
    assertThat(run("", "completion", "csh").code()).isEqualTo(2);
  }
}
