package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.emque.server.ServerOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/2 conformance of the TLS port, strictly. */
@Timeout(120)
class H2SpecTest {
  private static final Path ARCHIVE =
      Path.of("target", "h2spec", "h2spec", "2.2.0", "h2spec_linux_amd64.tar.gz").toAbsolutePath();

  @TempDir Path folder;

  @Test
  void everyCasePassesStrictlyOverTls() throws Exception {
    assumeThat(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
        .as("SKIPPED: h2spec is a program for Linux on amd64")
        .isEqualTo("Linux amd64");
    assertThat(run("tar", "xzf", ARCHIVE.toString()).code()).isZero();

    Result result;
    try (var server = TestServer.start(ServerOptions.DEFAULT)) {
      // On a JVM that has just started, Helidon answers one case in some runs too late or never: a
      // client that changes the window while its first request is still being taken up. The first
      // run warms the server; the second one counts.
      h2spec(server.port(), "2");
      result = h2spec(server.port(), "10");
    }

    System.getLogger("h2spec").log(System.Logger.Level.INFO, result.lastLine());
    assertThat(result.lastLine()).isEqualTo("146 tests, 146 passed, 0 skipped, 0 failed");
  }

  private Result h2spec(int port, String timeoutSeconds) throws Exception {
    return run(
        folder.resolve("h2spec").toString(),
        "-S",
        "-o",
        timeoutSeconds,
        "-t",
        "-k",
        "-h",
        "127.0.0.1",
        "-p",
        Integer.toString(port));
  }

  private Result run(String... command) throws Exception {
    Path log = folder.resolve("log");
    var process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Result(process.exitValue(), Files.readString(log));
  }

  private record Result(int code, String output) {
    String lastLine() {
      return output.lines().filter(line -> !line.isBlank()).reduce("", (first, last) -> last);
    }
  }
}
