package io.emque.distribution;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The image as a process that may have few files open, or loses what it had. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FewFilesIT {
  private static final Path IMAGE = Path.of(requireNonNull(System.getProperty("emque.image")));
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration WHILE = Duration.ofSeconds(2);
  private static final int PATIENCE_MILLIS = 3_000; // with one that may never be answered

  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: ([0-9]+)");

  @TempDir Path folder;
  private final List<Socket> sockets = new ArrayList<>();
  private HttpClient http = client();
  private Started emque;
  private URI server;

  @BeforeEach
  void needed() throws Exception {
    assumeThat(works("prlimit", "--version"))
        .as("SKIPPED: prlimit (Debian: util-linux) is not there")
        .isTrue();
  }

  @AfterEach
  void end() throws Exception {
    leave();
    if (emque != null) {
      emque.close();
    }
    http.close();
  }

  @Test
  void tooFewToBeginWithAreOneLineAndExitWithOne() throws Exception {
    start(130);

    assertThat(emque.exitCode()).isEqualTo(1);
    assertThat(emque.talk())
        .startsWith("emque: the process may have 130 files open, which leaves none")
        .contains("ulimit -n")
        .hasLineCount(1);
  }

  @Test
  void whoFindsNoRoomIsToldAndComesInWhenThereIsSome() throws Exception {
    start(300);
    server = emque.awaitServer();
    String answer = "";
    for (int i = 0; i < 300 && !answer.startsWith("HTTP/1.1 503"); i++) {
      answer = connect();
    }
    assertThat(answer).contains("Emque-Error: OVERLOADED");
    for (int i = 0; i < 400; i++) { // more than the process may have files
      sockets.add(new Socket("127.0.0.1", server.getPort()));
    }

    assertThat(emque.awaitTalk("turned away")).contains("--max_connections", "ulimit -n");
    assertThat(shareOfCpu()).isLessThan(0.5);
    leave();

    await().atMost(SOON).until(this::comesIn);
    emque.terminate();
    assertThat(emque.exitCode()).isZero();
    assertThat(emque.talk()).contains("there is room").doesNotContain("turned away", "\tat ");
  }

  @Test
  void listenerThatLostItsFilesComesBackAndTheMessagesAreThere() throws Exception {
    start(20_000);
    server = emque.awaitServer();
    assertThat(publish("foo").statusCode()).isEqualTo(200);

    limit("10");
    for (int i = 0; i < 3; i++) { // one was about to be accepted
      connect();
    }

    assertThat(emque.awaitTalk("no connection can be accepted")).contains("ulimit -n");
    assertThat(shareOfCpu()).isLessThan(0.5);
    limit("20000");
    assertThat(emque.awaitTalk("accepted again")).isNotEmpty();
    http.close();
    http = client();
    await().atMost(SOON).until(this::comesIn);
    assertThat(http.send(get("/topics/foo"), BodyHandlers.ofString()).body())
        .contains("\"nextOffset\":1");
    emque.terminate();
    assertThat(emque.exitCode()).isZero();
    assertThat(emque.talk()).doesNotContain("can be accepted", "\tat ");
  }

  @Test
  void topicThatCannotBeOpenedIsRefusedInWordsAndTakenWhenThereAreFilesAgain() throws Exception {
    start(20_000, "--persist", "--disk_free=1MiB", "--data_dir=" + folder.resolve("data"));
    server = emque.awaitServer();
    var kept = new Socket("127.0.0.1", server.getPort()); // there may be no room for another one
    sockets.add(kept);
    kept.setSoTimeout((int) SOON.toMillis());
    assertThat(publish(kept, "open")).startsWith("HTTP/1.1 200");

    limit("10");
    String refused = publish(kept, "new");

    assertThat(refused).startsWith("HTTP/1.1 500").contains("Emque-Error: STORE_FAILED");
    assertThat(refused.substring(refused.indexOf("\r\n\r\n") + 4))
        .contains("\"new\"")
        .hasLineCount(1);
    assertThat(publish(kept, "open")).startsWith("HTTP/1.1 200"); // its file is open
    limit("20000");
    await().atMost(SOON).until(() -> publish(kept, "new").startsWith("HTTP/1.1 200"));
    emque.terminate();
    assertThat(emque.exitCode()).isZero();
  }

  /**
   * @param files how many it may have open; what is only advised, Java raises to what is allowed
   */
  private void start(int files, String... more) throws Exception {
    Path tools = Started.tools(folder.resolve("tools"));
    ProcessBuilder builder =
        Started.command(
            tools,
            "/bin/sh",
            "-c",
            "ulimit -n " + files + "; exec \"$@\"",
            "sh",
            IMAGE.resolve("bin/emque").toString(),
            "serve",
            "--address=127.0.0.1:0",
            "--tls=off",
            "--access_log=off");
    builder.command().addAll(List.of(more));
    emque = new Started(builder.directory(folder.toFile()));
  }

  /** Sets how many files it may have open, while it runs. */
  private void limit(String files) throws Exception {
    assertThat(works("prlimit", "--pid", Long.toString(emque.pid()), "--nofile=" + files + ":"))
        .isTrue();
  }

  /** Asks for a stream and stays; the head of the answer, empty when the connection ends. */
  private String connect() {
    var head = new StringBuilder();
    try {
      var socket = new Socket("127.0.0.1", server.getPort());
      sockets.add(socket);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write("GET /sub?topic=x HTTP/1.1\r\nHost: x\r\n\r\n".getBytes());
      while (head.indexOf("\r\n\r\n") < 0) {
        int c = socket.getInputStream().read();
        if (c < 0) {
          return "";
        }
        head.append((char) c);
      }
      return head.toString();
    } catch (IOException reset) {
      return "";
    }
  }

  private void leave() throws IOException {
    for (Socket each : sockets) {
      each.close();
    }
    sockets.clear();
  }

  private boolean comesIn() throws InterruptedException {
    try {
      return http.send(get("/health/live"), BodyHandlers.ofString()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private HttpRequest get(String target) {
    return HttpRequest.newBuilder(server.resolve(target)).timeout(SOON).build();
  }

  private HttpResponse<String> publish(String topic) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(server.resolve("/pub?topic=" + topic))
            .timeout(SOON)
            .POST(BodyPublishers.ofString("x"));
    return http.send(request.build(), BodyHandlers.ofString());
  }

  /** Publishes over a connection that stays; the whole answer. */
  private static String publish(Socket socket, String topic) throws IOException {
    socket
        .getOutputStream()
        .write(
            ("POST /pub?topic=" + topic + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
                .getBytes(US_ASCII));
    var answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      int c = socket.getInputStream().read();
      if (c < 0) {
        throw new EOFException("after " + answer);
      }
      answer.append((char) c);
    }
    var length = LENGTH.matcher(answer);
    int body = length.find() ? Integer.parseInt(length.group(1)) : 0;
    return answer + new String(socket.getInputStream().readNBytes(body), UTF_8);
  }

  private static HttpClient client() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  /** How much of one processor it takes while it has nothing to do. */
  private double shareOfCpu() {
    var process = ProcessHandle.of(emque.pid()).orElseThrow();
    long began = System.nanoTime();
    Duration before = process.info().totalCpuDuration().orElseThrow();
    await().pollDelay(WHILE).atMost(SOON).until(() -> true);
    Duration used = process.info().totalCpuDuration().orElseThrow().minus(before);
    return (double) used.toNanos() / (System.nanoTime() - began);
  }

  private static boolean works(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(List.of(command))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException notThere) {
      return false;
    }
  }
}
