package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import io.emque.cli.bench.PlainServer;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code emque bench} as a process: what it prints where, and its exit code. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BenchProcessTest {
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
  }

  private record Result(int code, String out, String talk) {}

  private Process process(String... flags) throws Exception {
    var arguments = new ArrayList<>(List.of("bench"));
    arguments.addAll(List.of(flags));
    Process process =
        new ProcessBuilder(ServeProcessTest.Broker.command(arguments.toArray(String[]::new)))
            .start();
    processes.add(process);
    return process;
  }

  private static Result ended(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String talk = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), out, talk);
  }

  @Test
  void figuresGoToStandardOutputAndNothingElseAnywhere() throws Exception {
    try (var server = EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", 0))) {
      var result =
          ended(
              process(
                  "--servers=127.0.0.1:" + server.port(),
                  "--subscribers=2",
                  "--count=1000",
                  "--warmup=0",
                  "--json"));

      assertThat(result.talk()).isEmpty();
      assertThat(result.code()).isZero();
      assertThat(result.out().lines()).hasSize(1);
      var json = JsonParser.parseString(result.out()).getAsJsonObject();
      assertThat(json.get("delivered").getAsLong()).isEqualTo(2_000);
    }
  }

  @Test
  void lossIsOneLineAndExitCodeOne() throws Exception {
    try (var server = new PlainServer(number -> number == 50 ? 0 : 1)) {
      var result =
          ended(
              process(
                  "--servers=" + server.address(), "--count=100", "--warmup=0", "--timeout=2s"));

      assertThat(result.code()).isEqualTo(1);
      assertThat(result.talk()).startsWith("emque: 1 of 100 deliveries were lost; ");
      assertThat(result.talk().lines()).hasSize(1);
      assertThat(result.out()).contains("100 deliveries: 1 LOST");
    }
  }

  @Test
  void interruptPrintsWhatWasMeasuredAndEndsWith130() throws Exception {
    try (var server = EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", 0))) {
      Process process =
          process("--servers=127.0.0.1:" + server.port(), "--topic=foo", "--warmup=0");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  server.broker().topic("foo").filter(foo -> foo.nextOffset() > 1_000).isPresent());

      assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor())
          .isZero();

      var result = ended(process);
      assertThat(result.code()).isEqualTo(130);
      assertThat(result.talk()).isEmpty();
      assertThat(result.out()).contains("then interrupted").containsPattern("delivered +[0-9,]+ m");
    }
  }

  @Test
  void serverThatDiesIsOneLineAndWhatWasMeasured() throws Exception {
    try (var server = new PlainServer(number -> number < 2_000 ? 1 : -1)) {
      var result = ended(process("--servers=" + server.address(), "--warmup=0"));

      assertThat(result.code()).isEqualTo(1);
      assertThat(result.talk().lines()).hasSize(1);
      assertThat(result.talk()).startsWith("emque: ").contains(server.address());
      assertThat(result.out()).containsPattern("delivered +[0-9,]+ m");
    }
  }
}
