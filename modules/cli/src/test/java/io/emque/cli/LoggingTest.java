package io.emque.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How log lines look, and how many of a kind there are. */
@Timeout(60)
class LoggingTest {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AtomicLong now = new AtomicLong();
  private final Repeats repeats = new Repeats(line -> lines.add(line.getMessage()), now::get);

  private static LogRecord line(Level level, String message) {
    var line = new LogRecord(level, message);
    line.setLoggerName("io.emque.engine.Topic");
    line.setInstant(java.time.Instant.parse("2026-01-31T12:00:00.123456Z"));
    return line;
  }

  @Test
  void textIsTimeLevelAndMessage() {
    assertThat(LogFormat.TEXT.line(line(Level.SEVERE, "it {0} broke")))
        .isEqualTo("2026-01-31T12:00:00.123Z ERROR it {0} broke");
  }

  @Test
  void causesAreOnTheSameLine() {
    var line = line(Level.WARNING, "it broke");
    line.setThrown(new IllegalStateException("outer", new java.io.IOException("inner")));

    String text = LogFormat.TEXT.line(line);

    assertThat(text)
        .startsWith("2026-01-31T12:00:00.123Z WARNING it broke | java.lang.IllegalStateException")
        .contains("| java.io.IOException: inner at ")
        .doesNotContain("\n");
  }

  @Test
  void jsonIsOneObjectALine() {
    var line = line(Level.FINE, "a \"quoted\"\nline");
    line.setThrown(new IllegalStateException("outer"));

    String text = LogFormat.JSON.line(line);
    var object = JsonParser.parseString(text).getAsJsonObject();

    assertThat(text).doesNotContain("\n");
    assertThat(object.get("time").getAsString()).isEqualTo("2026-01-31T12:00:00.123Z");
    assertThat(object.get("level").getAsString()).isEqualTo("DEBUG");
    assertThat(object.get("logger").getAsString()).isEqualTo("io.emque.engine.Topic");
    assertThat(object.get("message").getAsString()).isEqualTo("a \"quoted\"\nline");
    assertThat(object.get("error").getAsString()).contains("outer");
  }

  @Test
  void linesThatAreAlikeAreLeftOutAndCounted() {
    for (int i = 0; i < 1_000; i++) {
      repeats.take(line(Level.WARNING, "topic \"" + i + "\" missed " + i + " messages"));
    }
    repeats.take(line(Level.WARNING, "something else"));
    assertThat(lines).hasSize(Repeats.BURST + 1).contains("topic \"9\" missed 9 messages");

    now.addAndGet(Repeats.WINDOW.toNanos());
    repeats.take(line(Level.WARNING, "topic \"a\" missed 5 messages"));

    assertThat(lines.subList(Repeats.BURST + 1, lines.size()))
        .containsExactly(
            "topic \"999\" missed 999 messages (the last of 990 lines left out that are alike)",
            "topic \"a\" missed 5 messages");
  }

  @Test
  void whatWasLeftOutIsSaidThoughNothingFollows() {
    for (int i = 0; i < Repeats.BURST + 2; i++) {
      repeats.take(line(Level.WARNING, "again " + i));
    }

    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(lines.getLast())
                    .isEqualTo("again 11 (the last of 2 lines left out that are alike)"));
  }

  @Test
  void kindsAreBounded() {
    for (int i = 0; i < 100_000; i++) {
      repeats.take(line(Level.WARNING, "kind " + Integer.toString(i, 36).replaceAll("\\d", "_")));
    }

    assertThat(lines).isNotEmpty();
  }
}
