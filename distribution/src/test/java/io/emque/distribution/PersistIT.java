package io.emque.distribution;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The image with {@code --persist}: killed, restarted, out of disk. */
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PersistIT {
  private static final Path IMAGE = Path.of(requireNonNull(System.getProperty("emque.image")));
  private static final Pattern OFFSET = Pattern.compile("\"offset\":(\\d+)");
  private static final Pattern NEXT_OFFSET = Pattern.compile("\"nextOffset\":(\\d+)");
  private static final Pattern PAYLOAD = Pattern.compile("\"payload\":\"([^\"]*)\"");
  private static final int PUBLISHERS = 4;
  private static final int TOPICS = 3;

  /** Times that the broker is killed; {@code -Dkills=100} for more. */
  private static final int KILLS = Integer.getInteger("emque.kills", 5);

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Started> started = new ArrayList<>();
  private URI server;

  @AfterEach
  void endAll() {
    started.forEach(Started::close);
    http.close();
  }

  private Started serve(Path data, String... more) throws Exception {
    return serve("127.0.0.1:0", data, more);
  }

  private Started serve(String address, Path data, String... more) throws Exception {
    var arguments =
        new ArrayList<>(
            List.of(
                "serve",
                "--address=" + address,
                "--tls=off",
                "--access_log=off",
                "--persist",
                "--data_dir=" + data));
    arguments.addAll(List.of(more));
    if (arguments.stream().noneMatch(argument -> argument.startsWith("--disk_free"))) {
      arguments.add("--disk_free=1MiB");
    }
    Started emque = emque(arguments);
    server = emque.awaitServer();
    return emque;
  }

  /** Begins to start. */
  private Started start(Path data) throws Exception {
    return emque(
        List.of(
            "serve",
            "--address=127.0.0.1:0",
            "--tls=off",
            "--access_log=off",
            "--persist",
            "--data_dir=" + data));
  }

  private Started emque(List<String> arguments) throws Exception {
    Path tools = folder.resolve("tools");
    if (!Files.exists(tools)) {
      Started.tools(tools);
    }
    ProcessBuilder builder = Started.command(tools, IMAGE.resolve("bin/emque").toString());
    builder.command().addAll(arguments);
    var emque = new Started(builder.directory(folder.toFile()));
    started.add(emque);
    return emque;
  }

  private HttpResponse<String> publish(String topic, String payload)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(server.resolve("/pub?topic=" + topic))
            .POST(HttpRequest.BodyPublishers.ofString(payload, UTF_8))
            .build();
    return http.send(request, BodyHandlers.ofString());
  }

  private static long offset(HttpResponse<?> answer) {
    return Long.parseLong(answer.headers().firstValue("Emque-Offset").orElseThrow());
  }

  private String get(String target) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(server.resolve(target)).GET().build(), BodyHandlers.ofString())
        .body();
  }

  private long nextOffset(String topic) throws Exception {
    Matcher next = NEXT_OFFSET.matcher(get("/topics?topic=" + topic));
    return next.find() ? Long.parseLong(next.group(1)) : 0;
  }

  /** Payloads by offset, from the first to the newest one. */
  private Map<Long, String> readAll(String topic) throws Exception {
    long next = nextOffset(topic);
    var read = new HashMap<Long, String>();
    if (next == 0) {
      return read;
    }
    var request =
        HttpRequest.newBuilder(server.resolve("/sub?from=earliest&format=json&topic=" + topic))
            .build();
    var answer = http.send(request, BodyHandlers.ofLines());
    try (var lines = answer.body()) {
      for (var i = lines.iterator(); i.hasNext(); ) {
        String line = i.next();
        Matcher offset = OFFSET.matcher(line);
        Matcher payload = PAYLOAD.matcher(line);
        if (offset.find() && payload.find()) {
          long at = Long.parseLong(offset.group(1));
          assertThat(read.put(at, payload.group(1))).as("offset " + at + " twice").isNull();
          if (at >= next - 1) {
            return read;
          }
        } else {
          assertThat(line).as("a gap").isBlank();
        }
      }
    }
    throw new AssertionError("the stream ended early");
  }

  @ParameterizedTest
  @ValueSource(strings = {"os", "group"})
  @Timeout(value = 7_200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a hundred times
  void killedUnderLoadItKeepsEveryAcknowledgedMessage(String sync) throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    Path data = folder.resolve("data");
    var acknowledged = new ConcurrentHashMap<String, Map<Long, String>>();
    for (int t = 0; t < TOPICS; t++) {
      acknowledged.put("t" + t, new ConcurrentHashMap<>());
    }
    for (int round = 0; round < KILLS; round++) {
      Started emque = serve(data, "--sync=" + sync, "--segment_bytes=64KiB"); // rolls all the time
      verify(acknowledged, "seed " + seed + ", round " + round);
      int before = total(acknowledged);
      int target = before + 1 + random.nextInt(sync.equals("os") ? 3_000 : 300);
      var publishing = new ArrayList<Thread>();
      for (int p = 0; p < PUBLISHERS; p++) {
        String name = "r" + round + "p" + p;
        publishing.add(Thread.ofVirtual().start(() -> publishUntilKilled(name, acknowledged)));
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> total(acknowledged) >= target);
      emque.close();
      for (Thread thread : publishing) {
        assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
      }
    }
    serve(data);
    verify(acknowledged, "seed " + seed);
  }

  private static int total(Map<String, Map<Long, String>> acknowledged) {
    return acknowledged.values().stream().mapToInt(Map::size).sum();
  }

  private void publishUntilKilled(String name, Map<String, Map<Long, String>> acknowledged) {
    try {
      for (int i = 0; ; i++) {
        String topic = "t" + i % TOPICS;
        var answer = publish(topic, name + "-" + i);
        if (answer.statusCode() == 200) {
          var known = requireNonNull(acknowledged.get(topic));
          assertThat(known.put(offset(answer), name + "-" + i)).isNull();
        }
      }
    } catch (IOException killed) {
      // as it should be
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void verify(Map<String, Map<Long, String>> acknowledged, String when) throws Exception {
    for (var topic : acknowledged.entrySet()) {
      Map<Long, String> read = readAll(topic.getKey());
      assertThat(read).as(when).containsAllEntriesOf(topic.getValue());
      assertThat(read).as(when).hasSize((int) nextOffset(topic.getKey()));
      var last = new HashMap<String, Integer>();
      for (long at = 0; at < read.size(); at++) {
        String[] message = requireNonNull(read.get(at)).split("-");
        int number = Integer.parseInt(message[1]);
        Integer before = last.put(message[0], number);
        assertThat(before == null || before < number).as(when + ": " + read.get(at)).isTrue();
      }
    }
  }

  @Test
  @Timeout(value = 7_200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a hundred times
  void killedWhileItStartsItStartsAgain() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    Path data = folder.resolve("data");
    Started emque = serve(data);
    var acknowledged = new HashMap<Long, String>();
    for (int round = 0; round < KILLS; round++) {
      String payload = "r-" + round;
      acknowledged.put(offset(publish("t0", payload)), payload);
      emque.close();
      for (int start = 0; start < 3; start++) {
        start(data).killAfter(Duration.ofMillis(random.nextInt(1_000))); // it takes about one
      }
      emque = serve(data);
      assertThat(readAll("t0")).as("seed " + seed).isEqualTo(acknowledged);
    }
  }

  @Test
  void sameProcessIdAgainIsNoHindrance() throws Exception {
    assumeThat(run("unshare", "-pf", "true"))
        .as("SKIPPED: no namespace of processes can be made here")
        .isZero();
    Path data = folder.resolve("data");
    for (int round = 0; round < 2; round++) {
      var emque =
          new Started(
              new ProcessBuilder(
                      "unshare",
                      "-pf",
                      "--kill-child=KILL",
                      IMAGE.resolve("bin/emque").toString(),
                      "--address=127.0.0.1:0",
                      "--tls=off",
                      "--access_log=off",
                      "--persist",
                      "--disk_free=1MiB",
                      "--data_dir=" + data)
                  .directory(folder.toFile()));
      started.add(emque);
      server = emque.awaitServer();
      assertThat(offset(publish("foo", "round " + round))).isEqualTo(round);
      emque.close(); // and its child with it, which had the number 1
      await().atMost(Duration.ofSeconds(20)).until(() -> !answers());
    }
  }

  private boolean answers() throws InterruptedException {
    try {
      get("/health/live");
      return true;
    } catch (IOException gone) {
      return false;
    }
  }

  @Test
  void pastAndPresentJoinWithoutASeamOnEveryProtocol() throws Exception {
    int lines = 200_000;
    Path data = folder.resolve("data");
    Path file = folder.resolve("lines");
    var text = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      text.append("message ").append(i).append('\n');
    }
    Files.writeString(file, text);
    serve(data, "--retain_bytes=1MiB", "--segment_bytes=1MiB");
    var publisher = emque(List.of("pub", "foo", "--file=" + file, "--servers=" + server));
    await().atMost(Duration.ofSeconds(30)).until(() -> nextOffset("foo") > 1_000);

    var subscribers = new ArrayList<Started>();
    for (String transport : List.of("http", "grpc")) {
      subscribers.add(
          emque(
              List.of(
                  "sub",
                  "foo",
                  "--from=earliest",
                  "--count=" + lines,
                  "--transport=" + transport,
                  "--servers=" + server)));
    }
    CompletableFuture<Integer> events = sseMessagesInOrder("foo", lines);
    for (Started subscriber : subscribers) {
      for (int i = 0; i < lines; i++) {
        String line = subscriber.awaitOutput();
        if (!("message " + i).equals(line)) {
          throw new AssertionError("at " + i + ": " + line + "; " + subscriber.talk());
        }
      }
      assertThat(subscriber.exitCode()).isZero();
      assertThat(subscriber.talk()).isEmpty();
    }
    assertThat(events.get(60, TimeUnit.SECONDS)).isEqualTo(lines);
    assertThat(publisher.exitCode()).isZero();
    assertThat(readAll("foo")).hasSize(lines);
    assertThat(get("/metrics"))
        .contains("\nemque_messages_missed_total{")
        .doesNotContainPattern("\nemque_messages_missed_total\\{[^}]*} [^0]");
  }

  /** Reads {@code count} events from the first on; how many were {@code message 0}, 1, 2 … */
  private CompletableFuture<Integer> sseMessagesInOrder(String topic, int count) {
    var request =
        HttpRequest.newBuilder(server.resolve("/sub?from=earliest&topic=" + topic))
            .header("Accept", "text/event-stream")
            .build();
    return http.sendAsync(request, BodyHandlers.ofLines())
        .thenApplyAsync(
            answer -> {
              int next = 0;
              try (var all = answer.body()) {
                for (var i = all.iterator(); next < count && i.hasNext(); ) {
                  String line = i.next();
                  boolean isGap = line.startsWith("event:");
                  if (isGap || (line.startsWith("data:") && !line.endsWith("message " + next++))) {
                    throw new AssertionError("before " + next + ": " + line);
                  }
                }
              }
              return next;
            });
  }

  @Test
  void subscriberThatReconnectsThroughARestartHasEveryMessageOnce() throws Exception {
    Path data = folder.resolve("data");
    Started emque = serve(data);
    Started subscriber = emque(List.of("sub", "foo", "--count=300", "--servers=" + server));
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(get("/topics")).contains("\"foo\""));
    int published = 0;
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 100; i++) {
        assertThat(publish("foo", "message " + published++).statusCode()).isEqualTo(200);
      }
      if (round < 2) {
        emque.close();
        emque = serve(server.getAuthority(), data);
      }
    }

    for (int i = 0; i < 300; i++) {
      assertThat(subscriber.awaitOutput()).isEqualTo("message " + i);
    }
    assertThat(subscriber.exitCode()).isZero();
  }

  @Test
  void stoppedByASignalItKeepsEverythingAndFreesTheFolder() throws Exception {
    Path data = folder.resolve("data");
    Started emque = serve(data);
    for (String topic : List.of("A", "a", "..%2Fx", "a%2Fb", "%C3%BC", "%F0%9F%98%80")) {
      publish(topic, "in " + topic);
    }
    Started second =
        emque(List.of("serve", "--address=127.0.0.1:0", "--persist", "--data_dir=" + data));
    assertThat(second.exitCode()).isEqualTo(1);
    assertThat(second.talk()).contains(data.getFileName().toString());
    emque.terminate();
    assertThat(emque.exitCode()).isZero();

    serve(data);

    for (String topic : List.of("A", "a", "..%2Fx", "a%2Fb", "%C3%BC", "%F0%9F%98%80")) {
      assertThat(readAll(topic)).isEqualTo(Map.of(0L, "in " + topic));
    }
    try (var siblings = Files.list(folder)) {
      assertThat(siblings.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("data", "tools");
    }
  }

  @Test
  void damagedMessageIsAGapOfItsOwnAndNothingElse() throws Exception {
    Path data = folder.resolve("data");
    Started emque = serve(data);
    for (int i = 0; i < 20; i++) {
      publish("foo", "message " + i);
    }
    emque.terminate();
    assertThat(emque.exitCode()).isZero();
    Path file;
    try (var files = Files.walk(data)) {
      file = files.filter(f -> f.toString().endsWith(".cq4")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    int at = new String(bytes, ISO_8859_1).indexOf("message 7");
    bytes[at] ^= 1;
    Files.write(file, bytes);
    serve(data);
    publish("foo", "message 20");

    var lines = new ArrayList<String>();
    var request =
        HttpRequest.newBuilder(server.resolve("/sub?from=earliest&format=json&topic=foo")).build();
    try (var all = http.send(request, BodyHandlers.ofLines()).body()) {
      all.filter(line -> !line.isBlank()).limit(21).forEach(lines::add);
    }

    assertThat(lines.remove(7))
        .containsPattern("\"gap\":.*\"expected\":\"[^\"]*:7\",\"next\":\"[^\"]*:8\",\"missed\":1}");
    for (int i = 0; i < 20; i++) {
      int offset = i < 7 ? i : i + 1;
      assertThat(lines.get(i))
          .contains("\"offset\":" + offset + ",", "\"payload\":\"message " + offset + "\"");
    }
  }

  @Test
  void folderThatCannotBeUsedIsRefusedInOneLine() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    for (Path data : List.of(file, file.resolve("below"), Path.of("/proc/emque"))) {
      Started refused =
          emque(List.of("serve", "--address=127.0.0.1:0", "--persist", "--data_dir=" + data));

      assertThat(refused.exitCode()).as(data.toString()).isEqualTo(1);
      assertThat(refused.talk()).startsWith("emque: ").contains(data.toString()).hasLineCount(1);
    }
  }

  @Test
  void fullDiskRefusesPublishesUntilThereIsRoomAgain() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeThat(run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString()))
        .as("SKIPPED: a small file system cannot be mounted here")
        .isZero();
    try {
      Path ballast = disk.resolve("ballast");
      Files.write(ballast, new byte[32 << 20]);
      Started emque = serve(disk.resolve("data"), "--segment_bytes=4MiB", "--disk_free=4MiB");
      String payload = "x".repeat(100_000);
      int taken = 0;
      HttpResponse<String> answer = publish("foo", payload);
      while (answer.statusCode() == 200 && taken < 1_000) {
        taken++;
        answer = publish("foo", payload);
      }
      assertThat(answer.statusCode()).isEqualTo(507);
      assertThat(answer.headers().firstValue("Emque-Error")).hasValue("STORE_FULL");
      assertThat(readAll("foo")).hasSize(taken);
      assertThat(get("/health/ready")).contains("the disk is full");

      Files.delete(ballast);

      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> publish("foo", "there is room").statusCode() == 200);
      assertThat(readAll("foo")).hasSize(taken + 1);
      emque.terminate();
      assertThat(emque.exitCode()).isZero();
    } finally {
      started.forEach(Started::close);
      await().atMost(Duration.ofSeconds(20)).until(() -> run("umount", disk.toString()) == 0);
    }
  }

  private static int run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
