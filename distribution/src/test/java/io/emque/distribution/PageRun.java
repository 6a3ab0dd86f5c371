package io.emque.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * Does what a page says, in a folder of its own: writes its files, runs its commands. Those that
 * stay, servers and subscribers, are waited for until they are ready; what they put out is looked
 * at in the end.
 */
final class PageRun implements AutoCloseable {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path IMAGE = Path.of(requireNonNull(System.getProperty("emque.image")));
  private static final Duration SOON = Duration.ofSeconds(60);

  /** ./emque may have to build the image. */
  private static final Duration BUILT = Duration.ofMinutes(5);

  /** Measuring is as short as can be; the figures are not looked at. */
  private static final Map<String, String> BENCH =
      Map.of("EMQUE_DURATION", "300ms", "EMQUE_WARMUP", "100ms");

  /** Most of these run for a second or two: they would not get back what more compiling costs. */
  private static final String BRIEF = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

  private static final Pattern DURATION = Pattern.compile("--duration=\\S+");

  /** A command that stays. */
  private record Running(String command, Process process, Path log, List<String> shown) {}

  /** A step of a page. */
  interface Step {
    void run() throws Exception;
  }

  private final Path folder;
  private final Here here;
  private final Path logs;
  private final Path tools;
  private final boolean changesImage;
  private final Path image;
  private final List<Running> running = new ArrayList<>();
  private int started;
  private boolean failed;
  private @Nullable String lacks;

  /**
   * @param folder where commands run
   * @param work for logs, and for the image
   * @param changesImage whether the page puts something into it
   */
  PageRun(Path folder, Path work, boolean changesImage) {
    this.folder = folder;
    this.here = new Here(folder);
    this.logs = work.resolve("logs");
    this.tools = work.resolve("bin");
    this.changesImage = changesImage;
    this.image = changesImage ? work.resolve("image") : IMAGE;
  }

  /** Before the first step: makes the folders, the page's from another one when there is one. */
  void begin(@Nullable Path from) throws Exception {
    Files.createDirectories(logs);
    Files.createDirectories(tools);
    Files.createSymbolicLink(tools.resolve("emque"), image.resolve("bin/emque"));
    if (changesImage) {
      copy(IMAGE, image);
    }
    if (from != null) {
      copy(from, folder);
    }
    Files.createDirectories(folder);
  }

  private static void copy(Path from, Path to) throws Exception {
    var copy = new ProcessBuilder("cp", "-a", from.toString(), to.toString());
    assertThat(copy.inheritIO().start().waitFor()).isZero();
  }

  /** Runs a step, unless one before it has failed or was skipped for want of a tool. */
  void step(Step step) throws Exception {
    if (failed) {
      abort("SKIPPED: what comes before it on the page has failed");
    }
    if (lacks != null) {
      abort("SKIPPED: " + lacks + " is not there");
    }
    boolean done = false;
    try {
      step.run();
      done = true;
    } catch (TestAbortedException skipped) {
      done = true;
      throw skipped;
    } finally {
      failed = !done;
    }
  }

  void write(String name, String content) throws IOException {
    Path file = here.file(name);
    Files.createDirectories(requireNonNull(file.getParent()));
    Files.writeString(file, here.here(content));
  }

  /** Runs a program without class and imports. */
  void runSnippet(String snippet) throws Exception {
    String name = "Snippet" + started;
    var imports = new StringBuilder();
    var body = new StringBuilder();
    snippet
        .lines()
        .forEach(line -> (line.startsWith("import ") ? imports : body).append(line).append('\n'));
    String program =
        imports
            + "import io.emque.api.*;\nimport io.emque.client.*;\nimport io.emque.engine.*;\nclass "
            + name
            + " {\n  public static void main(String[] arguments) throws Exception {\n"
            + body
            + "  }\n}\n";
    Path source = Files.writeString(logs.resolve(name + ".java"), here.here(program));
    String java = "java -p \"$EMQUE/lib\" --add-modules ALL-MODULE-PATH " + source;
    awaitEnd(start(java, java, List.of()));
  }

  /** Runs a command to its end, or until it is ready when it stays. */
  void run(Page.Command command) throws Exception {
    String local = "localhost:" + here.port("8081");
    run(command, Kind.of(here.here(command.text()), local));
  }

  /** Runs a command that stays, until a port answers. */
  void runUntilAnswering(String port, String command) throws Exception {
    run(new Page.Command(command, List.of()), new Kind.Listener(here.port(port)));
  }

  /** Runs a command that stays, until it has put out these words. */
  void runUntilSaying(String words, Page.Command command) throws Exception {
    needTools(command.text());
    Running now = start(command.text(), here.here(command.text()), command.output());
    running.add(now);
    awaitReady(now, SOON, () -> read(now.log()).contains(words));
  }

  private void run(Page.Command command, Kind kind) throws Exception {
    needTools(command.text());
    Running now = start(command.text(), here.here(command.text()), command.output());
    if (kind instanceof Kind.Ends) {
      awaitEnd(now);
      return;
    }
    running.add(now);
    Duration time = command.text().startsWith("./") ? BUILT : SOON;
    awaitReady(
        now,
        time,
        switch (kind) {
          case Kind.Ends ends -> () -> true;
          case Kind.Server server -> () -> read(now.log()).contains("listening on");
          case Kind.Stream stream -> () -> !read(head(now.log())).isEmpty();
          case Kind.Subscriber subscriber -> () -> isSubscribed(subscriber);
          case Kind.Listener listener -> () -> answers(listener.port());
        });
  }

  private void awaitEnd(Running now) throws InterruptedException {
    assertThat(now.process().waitFor(SOON.toSeconds(), TimeUnit.SECONDS))
        .as(() -> now.command() + " does not end:\n" + read(now.log()))
        .isTrue();
    int code = now.process().exitValue();
    // On a machine that is busy a rate may not be held, which bench says by its exit code.
    boolean measured = now.command().contains("emque bench") && code == 1;
    assertThat(measured ? 0 : code).as(() -> now.command() + "\n" + read(now.log())).isZero();
    assertShown(now);
  }

  private void assertShown(Running now) {
    String output = here.there(read(now.log()));
    assertThat(Shown.missing(now.shown(), output))
        .as("not in the output of " + now.command() + "\n" + output)
        .isEmpty();
  }

  private static void awaitReady(Running now, Duration time, Callable<Boolean> ready) {
    await(now.command())
        .atMost(time)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              boolean is = ready.call();
              assertThat(is || now.process().isAlive())
                  .as(() -> now.command() + " has ended:\n" + read(now.log()))
                  .isTrue();
              return is;
            });
  }

  /** Ends the last command with these words that stays. */
  void stop(String words) throws InterruptedException {
    for (Running last : running.reversed()) {
      if (last.command().contains(words) && last.process().isAlive()) {
        last.process().destroy();
        assertThat(last.process().waitFor(30, TimeUnit.SECONDS)).as("it ends").isTrue();
        return;
      }
    }
    throw new AssertionError("nothing runs that has \"" + words + "\"");
  }

  /** Waits for what commands that stay are to put out. */
  void awaitOutput() {
    for (Running each : running) {
      await().atMost(SOON).untilAsserted(() -> assertShown(each));
    }
  }

  @Override
  public void close() {
    for (Running each : running) {
      each.process().descendants().forEach(ProcessHandle::destroyForcibly);
      each.process().destroyForcibly();
    }
  }

  private Running start(String named, String command, List<String> shown) throws IOException {
    Path log = logs.resolve(started++ + ".log");
    // By a file: not every locale has all letters for an argument.
    Path script = logs.resolve(log.getFileName() + ".sh");
    Files.writeString(
        script, DURATION.matcher(Kind.script(command)).replaceAll("--duration=300ms") + "\n");
    var builder = new ProcessBuilder("sh", script.toString());
    builder.directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    String jdk = Path.of(System.getProperty("java.home"), "bin").toString();
    environment.merge("PATH", tools + ":" + jdk, (path, ours) -> ours + ":" + path + ":/usr/sbin");
    environment.put("EMQUE", image.toString());
    environment.put("ROOT", ROOT.toString());
    environment.put("EMQUE_JAVA_OPTS", BRIEF);
    environment.put("JDK_JAVA_OPTIONS", BRIEF);
    String local = "localhost:" + here.port("8081");
    if (Kind.isServer(command)) {
      environment.put("EMQUE_ADDRESS", local);
    } else if (Kind.isClient(command)) {
      environment.put("EMQUE_SERVERS", local);
    }
    if (Kind.isClient(command) || command.contains("--proxy")) {
      environment.put("EMQUE_TIMEOUT", "40s"); // the machine may be busy
    }
    if (command.contains("emque bench")) {
      environment.putAll(BENCH);
    }
    // No progress; and what tells when a stream stands.
    Path home = Files.createDirectories(logs.resolve(log.getFileName() + ".curl"));
    boolean stream = Kind.of(command, local) instanceof Kind.Stream;
    String dump = stream ? "dump-header = \"" + head(log) + "\"\n" : "";
    Files.writeString(home.resolve(".curlrc"), "silent\nshow-error\n" + dump);
    environment.put("CURL_HOME", home.toString());
    return new Running(named, builder.start(), log, shown);
  }

  /** Where curl puts the head of an answer. */
  private static Path head(Path log) {
    return log.resolveSibling(log.getFileName() + ".head");
  }

  private void needTools(String command) throws Exception {
    for (String tool : Kind.tools(command)) {
      String look = "command -v " + tool + " || PATH=/usr/sbin command -v " + tool;
      var found =
          new ProcessBuilder("sh", "-c", look)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD);
      if (!tool.equals("emque") && found.start().waitFor() != 0) {
        lacks = tool;
        abort("SKIPPED: " + tool + " is not there");
      }
    }
  }

  /** Whether somebody reads the topic, as the server says. */
  private static boolean isSubscribed(Kind.Subscriber subscriber) {
    try {
      URI topic = URI.create(subscriber.server() + "/topics?topic=" + subscriber.topic());
      return Started.answer(HttpRequest.newBuilder(topic).build()).contains("\"protocol\"");
    } catch (Exception e) {
      return false;
    }
  }

  private static boolean answers(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? new String(Files.readAllBytes(file), UTF_8) : "";
    } catch (IOException e) {
      return e.toString();
    }
  }
}
