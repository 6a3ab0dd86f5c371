package io.emque.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody who has just cloned the sources: one command, one click, and the first message is seen
 * in a browser. Says how long that took. What Maven downloads is there already, or adds to it.
 */
@Tag("newcomer")
class NewcomerIT {
  private static final Path ROOT =
      Path.of(requireNonNull(System.getProperty("emque.image")), "../../..")
          .toAbsolutePath()
          .normalize();

  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

  @TempDir Path folder;

  @Test
  @Timeout(value = 1_800, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // downloads and all
  void seesAMessageAfterOneCommandAndOneClick() throws Exception {
    assumeThat(CHROMIUM).as("SKIPPED: no Chromium (Debian: chromium) is there").exists();
    Path clone = folder.resolve("emque");
    run(folder, "git", "clone", "--quiet", ROOT.toString(), clone.toString());
    Path scripts = clone.resolve("modules/server/src/test/browser");
    run(scripts, "npm", "ci", "--silent", "--no-audit", "--no-fund");

    long start = System.nanoTime();
    var command = new ProcessBuilder("./emque", "--address=127.0.0.1:0").directory(clone.toFile());
    try (var emque = new Started(command)) {
      URI server = emque.awaitServer();
      Duration started = since(start);
      run(
          scripts,
          "node",
          "newcomer.mjs",
          CHROMIUM.toString(),
          server.toString(),
          folder.toString());

      System.out.printf(
          "first message seen %d s after the command, %d s of them to build and start%n",
          since(start).toSeconds(), started.toSeconds());
      emque.terminate();
      assertThat(emque.exitCode()).isZero();
    }
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private void run(Path where, String... command) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(where.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(10, TimeUnit.MINUTES)).as(List.of(command).toString()).isTrue();
    assertThat(process.exitValue())
        .as(() -> String.join(" ", command) + ":\n" + read(output))
        .isZero();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
