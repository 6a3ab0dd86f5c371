package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A folder of scripts for Node, with the packages that its lock file names. */
final class NodeScripts {
  private static final Path TESTS = Path.of("src", "test").toAbsolutePath();
  private static final Path TARGET = Path.of("target").toAbsolutePath();

  private final Path sources;
  private final Path folder;

  private NodeScripts(String name) {
    this.sources = TESTS.resolve(name);
    this.folder = TARGET.resolve(name);
  }

  /** The scripts of {@code src/test/NAME}; the test is skipped where they cannot be installed. */
  static synchronized NodeScripts install(String name) throws Exception {
    if (!works("node", "--version") || !works("npm", "--version")) {
      abort("SKIPPED: node and npm are not there");
    }
    var scripts = new NodeScripts(name);
    scripts.install();
    return scripts;
  }

  private void install() throws IOException, InterruptedException {
    Path done = folder.resolve("installed");
    Path lock = sources.resolve("package-lock.json");
    boolean installed = Files.exists(done) && Files.mismatch(done, lock) < 0;
    Files.createDirectories(folder);
    try (Stream<Path> files = Files.list(sources)) {
      for (Path file : files.toList()) {
        Files.write(folder.resolve(file.getFileName().toString()), Files.readAllBytes(file));
      }
    }
    if (installed) {
      return;
    }
    Path log = folder.resolve("npm.log");
    if (run(log, folder, List.of("npm", "ci", "--no-audit", "--no-fund")) != 0) {
      abort("SKIPPED: npm cannot install what the scripts need: " + Files.readString(log));
    }
    Files.copy(lock, done, StandardCopyOption.REPLACE_EXISTING);
  }

  static boolean works(String... command) throws InterruptedException {
    try {
      Path log = Files.createTempFile("tool", ".log");
      try {
        return run(log, Path.of("."), List.of(command)) == 0;
      } finally {
        Files.delete(log);
      }
    } catch (IOException notThere) {
      return false;
    }
  }

  private static int run(Path log, Path in, List<String> command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(in.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      return process.waitFor(100, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * Runs a script, which passes when it says so. A line {@code @WORDS} asks for something to be
   * done; it goes on when that is answered.
   */
  void run(Asked asked, String script, String... arguments) throws Exception {
    var command = new ArrayList<>(List.of("node", script));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    // The server's certificate is its own, and nobody vouches for it.
    builder
        .environment()
        .putAll(Map.of("NODE_TLS_REJECT_UNAUTHORIZED", "0", "NODE_NO_WARNINGS", "1"));
    Process process = builder.start();
    var said = new StringBuilder();
    try (BufferedReader out =
            new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        Writer in = process.outputWriter(UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        said.append(line).append('\n');
        if (line.startsWith("@")) {
          in.write("ok " + asked.answer(line.substring(1).split(" ")) + '\n');
          in.flush();
        }
      }
      assertThat(process.waitFor()).as(said.toString()).isZero();
      assertThat(said.toString()).contains("PASSED");
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** Does what a script asks for. */
  interface Asked {
    String answer(String[] words) throws Exception;
  }
}
