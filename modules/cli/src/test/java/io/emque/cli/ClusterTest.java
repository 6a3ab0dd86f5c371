package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SubscribeOptions;
import io.emque.api.spi.ServerAddress;
import io.emque.client.Emque;
import io.emque.client.Transport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers and a proxy, each a process, and brokers that are killed. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClusterTest {
  private static final int BROKERS = 3;
  private static final int PER_SECOND = 1_000;
  private static final Duration SOON = Duration.ofSeconds(120);

  @TempDir Path folder;
  private final int[] ports = new int[BROKERS];
  private final Process[] brokers = new Process[BROKERS];
  private @Nullable Process proxy;
  private int proxyPort;

  @BeforeEach
  void start() throws Exception {
    for (int i = 0; i < BROKERS; i++) {
      ports[i] = freePort();
      startBroker(i);
    }
    proxyPort = freePort();
  }

  private void startBroker(int i) throws IOException {
    brokers[i] = process("--address=127.0.0.1:" + ports[i]);
  }

  private void startProxy(String select) throws Exception {
    var servers = new ArrayList<String>();
    for (int port : ports) {
      awaitListening(port);
      servers.add("127.0.0.1:" + port);
    }
    proxy =
        process(
            "--proxy",
            "--select=" + select,
            "--servers=" + String.join(",", servers),
            "--tls=off",
            "--address=127.0.0.1:" + proxyPort);
    awaitListening(proxyPort);
  }

  private Process process(String... flags) throws IOException {
    var arguments = new ArrayList<>(List.of(flags));
    arguments.add("--access_log=off");
    return new ProcessBuilder(ServeProcessTest.Broker.command(arguments.toArray(String[]::new)))
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(folder.resolve("log" + System.nanoTime()).toFile()))
        .start();
  }

  private void awaitListening(int port) throws IOException {
    try {
      await().atMost(SOON).until(() -> listens(port));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("nobody listens on " + port + ": " + logs(), e);
    }
  }

  private static boolean listens(int port) {
    try (var socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private String logs() throws IOException {
    var all = new StringBuilder();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        all.append(file.getFileName()).append(": ").append(Files.readString(file)).append('\n');
      }
    }
    return all.toString();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @AfterEach
  void stop() {
    for (Process broker : brokers) {
      broker.destroyForcibly();
    }
    if (proxy != null) {
      proxy.destroyForcibly();
    }
  }

  private void kill(int i) throws InterruptedException {
    brokers[i].destroyForcibly().waitFor(); // SIGKILL
  }

  private Emque client(Transport transport) {
    return Emque.builder()
        .servers("http://127.0.0.1:" + proxyPort)
        .transport(transport)
        .timeout(Duration.ofSeconds(10))
        .connect();
  }

  @Test
  void everySubscriberGetsEachMessageOnceInOrderThoughBrokersAreKilled() throws Exception {
    startProxy("all");
    try (var publisher = client(Transport.HTTP);
        var overWebSocket = client(Transport.HTTP);
        var overGrpc = client(Transport.GRPC);
        var sse = new Socket("127.0.0.1", proxyPort)) {
      List<String> webSocket = new CopyOnWriteArrayList<>();
      List<String> grpc = new CopyOnWriteArrayList<>();
      List<String> events = new CopyOnWriteArrayList<>();
      overWebSocket.subscribe("foo", SubscribeOptions.DEFAULT, d -> webSocket.add(shown(d)));
      overGrpc.subscribe("foo", SubscribeOptions.DEFAULT, d -> grpc.add(shown(d)));
      readEvents(sse, events);
      var errors = new CopyOnWriteArrayList<Throwable>();
      var asked = new AtomicInteger();
      var answered = new AtomicInteger();
      var running = new java.util.concurrent.atomic.AtomicBoolean(true);
      Thread publishing =
          Thread.ofPlatform().start(() -> publish(publisher, running, asked, answered, errors));

      for (int round = 0; round < 5; round++) {
        int victim = round % BROKERS;
        kill(victim);
        awaitServers(publisher, "2/3");
        startBroker(victim);
        awaitServers(publisher, "3/3");
      }
      running.set(false);
      publishing.join();
      await().atMost(SOON).until(() -> answered.get() == asked.get());

      assertThat(errors).isEmpty();
      var expected = new ArrayList<String>();
      for (int i = 0; i < asked.get(); i++) {
        expected.add(Integer.toString(i));
      }
      assertThat(expected.size()).isGreaterThan(PER_SECOND);
      for (List<String> seen : List.of(webSocket, grpc, events)) {
        await().atMost(SOON).until(() -> seen.size() >= expected.size());
        assertThat(seen).isEqualTo(expected);
      }
    }
  }

  private static String shown(Delivery delivery) {
    return delivery instanceof Message message ? message.text() : delivery.toString();
  }

  private static void publish(
      Emque publisher,
      java.util.concurrent.atomic.AtomicBoolean running,
      AtomicInteger asked,
      AtomicInteger answered,
      List<Throwable> errors) {
    long began = System.nanoTime();
    while (running.get()) {
      long due = (System.nanoTime() - began) * PER_SECOND / 1_000_000_000L;
      for (int i = asked.get(); i < due; i++) {
        asked.incrementAndGet();
        publisher
            .publishAsync("foo", Publication.of(Integer.toString(i)))
            .whenComplete(
                (published, e) -> {
                  if (e != null) {
                    errors.add(e);
                  }
                  answered.incrementAndGet();
                });
      }
      java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
    }
  }

  /** Publishes to another topic until so many servers take it. */
  private void awaitServers(Emque publisher, String servers) throws IOException {
    var seen = new AtomicReference<>("no answer");
    try {
      await()
          .atMost(SOON)
          .until(
              () -> {
                Published.Servers took = publisher.publish("probe", "x").servers();
                seen.set(String.valueOf(took));
                return seen.get().equals(servers);
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "%s servers instead of %s, brokers %s: %s"
              .formatted(seen, servers, Arrays.toString(ports), logs()),
          e);
    }
  }

  private static void readEvents(Socket socket, List<String> events) throws IOException {
    socket
        .getOutputStream()
        .write("GET /sub?topic=foo&format=sse HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
    var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    for (String line = in.readLine(); !line.startsWith("id: "); line = in.readLine()) {
      // the head, and what it says is not looked at here
    }
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                  if (line.startsWith("data: ")) {
                    events.add(line.substring(6));
                  }
                }
              } catch (IOException closed) {
                // the test is over
              }
            });
  }

  @Test
  void underShardOnlyTheDeadServersTopicsFailUntilItReturns() throws Exception {
    startProxy("shard");
    try (var emque = client(Transport.HTTP)) {
      var topics = List.of("baz", "test", "foo"); // on brokers 0, 1 and 2
      for (String topic : topics) {
        emque.publish(topic, "x");
      }

      for (int victim = 0; victim < BROKERS; victim++) {
        kill(victim);
        for (String topic : topics) {
          boolean dead = shard(topic) == victim;
          try {
            emque.publish(topic, "y");
            assertThat(dead).as(topic).isFalse();
          } catch (BrokerException e) {
            assertThat(dead).as(topic).isTrue();
            assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_FAILED);
            assertThat(e.getMessage()).contains("127.0.0.1:" + ports[victim]);
          }
        }
        startBroker(victim);
        awaitListening(ports[victim]);
        String back = topics.get(victim);
        await()
            .atMost(Duration.ofSeconds(5))
            .ignoreExceptionsMatching(e -> e instanceof BrokerException)
            .until(() -> emque.publish(back, "z").cursor() != null);
      }
    } catch (CompletionException e) {
      throw new AssertionError(e);
    }
  }

  private static int shard(String topic) {
    var crc = new CRC32();
    crc.update(topic.getBytes(UTF_8));
    return (int) (crc.getValue() % BROKERS);
  }

  @Test
  void proxyThatHasNoServersSaysWhichOnesItTried() throws Exception {
    startProxy("all");
    for (int i = 0; i < BROKERS; i++) {
      kill(i);
    }

    try (var emque = client(Transport.GRPC)) {
      BrokerException refusal = null;
      try {
        emque.publish("foo", "x");
      } catch (BrokerException e) {
        refusal = e;
      }

      assertThat(refusal).isNotNull();
      assertThat(refusal.code()).isEqualTo(ErrorCode.UPSTREAM_FAILED);
      for (int port : ports) {
        assertThat(refusal.getMessage())
            .contains(ServerAddress.parse("127.0.0.1:" + port).authority());
      }
    }
  }
}
