package io.emque.store.chronicle;

import static io.emque.testkit.StoredRecord.readAll;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.emque.api.spi.Store;
import io.emque.testkit.StoredRecord;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that append are killed: what they said that they had appended is there. */
@Tag("whole")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KillTest {
  private static final int ROUNDS = 5;

  @TempDir Path folder;

  @Test
  void nothingIsLostOrTornWhenTheProcessIsKilled() throws Exception {
    killAgainAndAgain(1 << 20, 8);
  }

  @Test
  void nothingIsLostOrTornWhenItIsKilledWhileSegmentsBegin() throws Exception {
    killAgainAndAgain(16 << 10, 8);
  }

  @Test
  void nothingIsLostOrTornWhenItIsKilledWhileLogsAreOpenedAndClosed() throws Exception {
    killAgainAndAgain(256 << 10, 2);
  }

  private void killAgainAndAgain(int segmentBytes, int maxOpenLogs) throws Exception {
    var random = new Random();
    long[] next = new long[Appending.TOPICS];
    for (int round = 0; round < ROUNDS; round++) {
      Process process = appending(segmentBytes, maxOpenLogs, random.nextInt());
      int lines = 1 + random.nextInt(600);
      try (var output =
          new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
        assertThat(output.readLine()).isEqualTo("open");
        for (int i = 0; i < lines; i++) {
          note(next, output.readLine());
        }
        process.toHandle().destroyForcibly(); // that of the process would close its output
        for (String line = output.readLine(); line != null; line = output.readLine()) {
          note(next, line); // what it had said before
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
      check(next, segmentBytes, maxOpenLogs);
    }
  }

  private static void note(long[] next, String line) {
    String[] words = line.split(" ", -1);
    if (words.length == 2 && words[1].matches("[0-9]+")) {
      int topic = Integer.parseInt(words[0]);
      next[topic] = Math.max(next[topic], Long.parseLong(words[1]));
    }
  }

  private void check(long[] next, int segmentBytes, int maxOpenLogs) throws Exception {
    try (var topics =
        new ChronicleStore()
            .open(new Store.Options(folder.resolve("data"), 1 << 20, segmentBytes, maxOpenLogs))) {
      for (int i = 0; i < next.length; i++) {
        if (next[i] == 0 && !topics.names().contains("topic " + i)) {
          continue;
        }
        var log = topics.open("topic " + i, "another");
        assertThat(log.epoch()).isEqualTo("e" + i);
        // Some more may be there than it came to say.
        assertThat(log.nextOffset()).isBetween(next[i], next[i] + Appending.MOST_RECORDS);
        next[i] = log.nextOffset();
        var read = readAll(log, 0);
        assertThat(read).hasSize((int) next[i]);
        for (int offset = 0; offset < read.size(); offset++) {
          assertThat(read.get(offset).offset()).isEqualTo(offset);
          assertThat(read.get(offset).record())
              .isEqualTo(StoredRecord.random(offset, Appending.MOST_BYTES));
        }
      }
    }
  }

  @Test
  void folderIsRefusedWhileAnotherProcessHasIt() throws Exception {
    Process process = appending(1 << 20, 8, 1);
    try (var output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      assertThat(output.readLine()).isEqualTo("open");
      var options = new Store.Options(folder.resolve("data"), 1 << 20, 1 << 20, 8);

      assertThatIOException()
          .isThrownBy(() -> new ChronicleStore().open(options).close())
          .withMessage("the folder " + options.folder() + " is in use by process " + process.pid());

      process.destroyForcibly().waitFor();
      new ChronicleStore().open(options).close();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private Process appending(int segmentBytes, int maxOpenLogs, int seed) throws Exception {
    var path = new ArrayList<String>();
    for (String property : List.of("jdk.module.path", "java.class.path")) {
      path.addAll(Arrays.asList(System.getProperty(property, "").split(File.pathSeparator, -1)));
    }
    path.add(Path.of("target/test-classes").toAbsolutePath().toString());
    path.removeIf(String::isEmpty);
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            String.join(File.pathSeparator, path),
            Appending.class.getName(),
            folder.resolve("data").toString(),
            Integer.toString(segmentBytes),
            Integer.toString(maxOpenLogs),
            Integer.toString(seed))
        .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("errors").toFile()))
        .start();
  }
}
