package io.emque.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.cli.HttpLine.Answer;
import io.emque.cli.ServeProcessTest.Broker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A broker in a small container gets more of everything than it has memory for. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SmallHeapTest {
  private static final int MIB = 1 << 20;
  private static final int THREADS = 8;
  private static final int SUBSCRIBERS = 2_000;
  private static final int TOPICS = 9_000;
  private static final String TOPIC = "topic-with-a-name-of-some-length-";
  private static final int STALLED = 40;
  private static final String SHUT = "closed without a word";

  private final Map<String, AtomicInteger> answers = new ConcurrentHashMap<>();
  private final Map<String, String> words = new ConcurrentHashMap<>();
  private final Queue<HttpLine> open = new ConcurrentLinkedQueue<>();

  @Test
  void whatThereIsNoRoomForIsRefusedInWordsAndAllElseGoesOn() throws Exception {
    List<String> command = Broker.command("--address=127.0.0.1:0", "--tls=off", "--access_log=off");
    command.addAll(1, List.of("-Xmx64m", "-XX:+ExitOnOutOfMemoryError"));
    try (var broker = Broker.start(command)) {
      int port = broker.port();
      var said = broker.listen();
      await().atMost(Duration.ofSeconds(30)).until(() -> said.size() >= 2);
      String small = said.peek();

      crowd(port);
      Map<String, Integer> crowd = counted();
      leave();
      flood(port);
      Map<String, Integer> flood = counted();
      leave();
      large(port);
      Map<String, Integer> large = counted();
      topics(port);
      Map<String, Integer> topics = counted();

      report(crowd, flood, large, topics);
      assertThat(small).matches("a heap of 6\\d MiB has room for \\d+ connections, .*");
      assertThat(crowd).containsKeys("200", "503 OVERLOADED");
      assertThat(crowd.keySet()).isSubsetOf("200", "503 OVERLOADED", SHUT);
      assertThat(crowd.get("200")).isGreaterThan(SUBSCRIBERS / 10);
      assertThat(flood.keySet()).isSubsetOf("200", "503 OVERLOADED").contains("200");
      assertThat(large).containsKeys("200", "413 MESSAGE_TOO_LARGE");
      assertThat(large.keySet()).isSubsetOf("200", "413 MESSAGE_TOO_LARGE", "503 OVERLOADED", SHUT);
      assertThat(topics).containsOnlyKeys("200", "503 TOO_MANY_TOPICS");
      assertThat(words.values())
          .allSatisfy(line -> assertThat(line).matches("[^\n]+[;,.] [^\n]*--?[a-zA-Z_]+[^\n]*\n"));
      assertThat(said)
          .noneMatch(line -> line.contains("OutOfMemory") || line.contains("\tat "))
          .hasSizeLessThan(100);
      worksAsEver(port);
      assertThat(broker.handle().isAlive()).isTrue();
    }
  }

  /** Thousands who all want to stay. */
  private void crowd(int port) {
    atOnce(
        SUBSCRIBERS,
        i -> {
          var line = HttpLine.to(port);
          open.add(line);
          count(line.subscribe("crowd" + i % 10));
          return true;
        });
  }

  /** Messages for some who have stopped reading. */
  private void flood(int port) throws IOException {
    for (int i = 0; i < STALLED; i++) {
      var line = HttpLine.smallTo(port);
      open.add(line);
      assertThat(line.subscribe("flood").status()).isEqualTo(200);
    }
    byte[] payload = new byte[MIB / 4];
    try (var publisher = HttpLine.to(port)) {
      for (int i = 0; i < 160; i++) {
        count(publisher.publish("flood", payload));
      }
    }
  }

  /** The largest that are taken, many at once, and some that are not. */
  private void large(int port) {
    atOnce(
        24,
        i -> {
          try (var line = HttpLine.to(port)) {
            count(line.publish("large" + i % 3, new byte[i % 4 == 0 ? 16 * MIB : 4 * MIB]));
          }
          return true;
        });
  }

  private void topics(int port) {
    var lines = ThreadLocal.withInitial(() -> connected(port));
    atOnce(
        TOPICS,
        i -> {
          Answer answer = lines.get().publish(TOPIC + i, new byte[1]);
          count(answer);
          return answer.status() == 200;
        });
  }

  private HttpLine connected(int port) {
    try {
      var line = HttpLine.to(port);
      open.add(line);
      return line;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void worksAsEver(int port) throws Exception {
    leave();
    try (var asking = HttpLine.to(port)) {
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(asking.get("/health/ready").body()).isEqualTo("ready\n"));
    }
    try (var subscriber = HttpLine.to(port);
        var publisher = HttpLine.to(port)) {
      assertThat(subscriber.subscribe(TOPIC + 1).shortly()).isEqualTo("200");
      for (int i = 0; i < 100; i++) {
        assertThat(publisher.publish(TOPIC + 1, ("message " + i).getBytes()).status())
            .isEqualTo(200);
        assertThat(subscriber.message()).isEqualTo("message " + i);
      }
    }
  }

  private void leave() {
    for (HttpLine line = open.poll(); line != null; line = open.poll()) {
      try {
        line.close();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Something that a connection may spoil. */
  private interface Try {
    /** Returns whether to go on. */
    boolean go(int i) throws IOException;
  }

  private void atOnce(int count, Try each) {
    var next = new AtomicInteger();
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      for (int t = 0; t < THREADS; t++) {
        threads.execute(
            () -> {
              boolean on = true;
              for (int i = next.getAndIncrement(); on && i < count; i = next.getAndIncrement()) {
                try {
                  on = each.go(i);
                } catch (IOException e) {
                  answers.computeIfAbsent(SHUT, k -> new AtomicInteger()).incrementAndGet();
                }
              }
            });
      }
    }
  }

  private void count(Answer answer) {
    answers.computeIfAbsent(answer.shortly(), k -> new AtomicInteger()).incrementAndGet();
    if (answer.status() != 200) {
      words.putIfAbsent(answer.shortly(), answer.body());
    }
  }

  private Map<String, Integer> counted() {
    var counted = new TreeMap<String, Integer>();
    answers.forEach((answer, count) -> counted.put(answer, count.get()));
    answers.clear();
    return counted;
  }

  @SafeVarargs
  private void report(Map<String, Integer>... counts) {
    System.out.printf(
        "64 MiB of heap: %d subscribers %s; a flood for %d stalled ones %s; large messages %s; topics"
            + " %s%n",
        SUBSCRIBERS, counts[0], STALLED, counts[1], counts[2], counts[3]);
    words.values().forEach(line -> System.out.print("  " + line));
  }
}
