package io.emque.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** A command that was started with an environment of its own. */
final class Started implements AutoCloseable {
  /** Of the system, and no more than the scripts may use: no Java, no Maven. */
  private static final List<String> TOOLS =
      List.of(
          "cat",
          "dirname",
          "find",
          "flock",
          "grep",
          "head",
          "mkdir",
          "readlink",
          "rm",
          "sed",
          "sleep",
          "tail",
          "touch");

  private static final Pattern LISTENING = Pattern.compile("listening on (https?://\\S+)");

  private final Process process;
  private final BufferedReader talk;

  Started(ProcessBuilder builder) throws IOException {
    process = builder.start();
    talk = process.errorReader(UTF_8);
  }

  /** A command whose environment holds nothing but these tools. */
  static ProcessBuilder command(Path tools, String... command) {
    var builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", tools.toString());
    return builder;
  }

  /** Links to the tools of the system that scripts need. */
  static Path tools(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String tool : TOOLS) {
      for (String place : requireNonNull(System.getenv("PATH")).split(":")) {
        Path found = Path.of(place, tool);
        if (Files.isExecutable(found)) {
          Files.createSymbolicLink(folder.resolve(tool), found);
          break;
        }
      }
    }
    return folder;
  }

  long pid() {
    return process.pid();
  }

  /** The program that the process runs by now. */
  Path program() {
    return Path.of(process.toHandle().info().command().orElseThrow());
  }

  /** Waits for a line on standard error. */
  String awaitTalk(String part) throws IOException {
    var before = new StringBuilder();
    for (String line = talk.readLine(); line != null; line = talk.readLine()) {
      if (line.contains(part)) {
        return line;
      }
      before.append(line).append('\n');
    }
    throw new AssertionError("ended without saying \"" + part + "\", but:\n" + before);
  }

  /** Waits until it listens. */
  URI awaitServer() throws IOException {
    var matcher = LISTENING.matcher(awaitTalk("listening on"));
    assertThat(matcher.find()).isTrue();
    return URI.create(matcher.group(1));
  }

  /** All that it still says on standard error. */
  String talk() throws IOException {
    return talk.readAllAsString();
  }

  /** Waits for a line on standard output. */
  @Nullable String awaitOutput() throws IOException {
    return process.inputReader(UTF_8).readLine();
  }

  String output() throws IOException {
    return process.inputReader(UTF_8).readAllAsString();
  }

  /** Sends SIGTERM; unlike {@link Process#destroy} it leaves what the process says readable. */
  void terminate() {
    process.toHandle().destroy();
  }

  /** Kills it after a while, wherever it has got to by then. */
  void killAfter(Duration time) throws InterruptedException {
    assertThat(process.waitFor(time)).as("it has ended before").isFalse();
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  int exitCode() throws InterruptedException {
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("it ends").isTrue();
    return process.exitValue();
  }

  /** The answer to a request, whoever signed the certificate. */
  static String answer(HttpRequest request)
      throws GeneralSecurityException, IOException, InterruptedException {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, new TrustManager[] {new AnyCertificate()}, null);
    try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
      return client.send(request, BodyHandlers.ofString()).body();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
