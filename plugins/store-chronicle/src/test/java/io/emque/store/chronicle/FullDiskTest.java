package io.emque.store.chronicle;

import static io.emque.testkit.StoredRecord.append;
import static io.emque.testkit.StoredRecord.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.emque.api.spi.Store;
import io.emque.api.spi.StoreFullException;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredTopics;
import io.emque.testkit.StoredRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file system of a few megabytes, mounted for the test, is filled. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FullDiskTest {
  private static final int MEGABYTES = 4;

  @TempDir Path folder;

  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    disk = Files.createDirectory(folder.resolve("disk"));
    boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=" + MEGABYTES + "m", "tmpfs");
    assumeTrue(mounted, "SKIPPED: no file system can be mounted here; that takes root on Linux");
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount");
  }

  private boolean run(String... command) throws InterruptedException {
    var all = new ArrayList<>(List.of(command));
    all.add(disk.toString());
    try {
      return new ProcessBuilder(all).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // there is no such command
    }
  }

  private StoredTopics open(int segmentBytes) throws IOException {
    return new ChronicleStore()
        .open(new Store.Options(disk.resolve("data"), 1 << 20, segmentBytes, 8));
  }

  @Test
  void logIsReadAndGoneOnWithAfterTheDiskWasFull() throws Exception {
    for (int round = 0; round < 12; round++) {
      int size = 100 + 700 * round;
      Path filler = disk.resolve("filler");
      Files.write(filler, new byte[200_000 + 4096 * round]);
      long next;
      try (var topics = open(round % 2 == 0 ? 300_000 : 64 << 20)) {
        var log = topics.open("t", "e");
        fill(log, size, 1 + round % 3);
        next = log.nextOffset();
        assertThat(next).isPositive();
        assertWhole(log, next);
        fill(log, size, 1 + round % 2); // it stays full
        next = log.nextOffset();
        log.force();

        Files.delete(filler);
        append(log, List.of(record((int) next, 10)));

        assertWhole(log, ++next);
      }
      try (var topics = open(1 << 20)) {
        var log = topics.open("t", "e");
        assertThat(log.nextOffset()).isEqualTo(next);
        assertWhole(log, next);
        topics.delete("t");
      }
    }
  }

  @Test
  void folderIsClosedAndOpenedOnAFullDisk() throws Exception {
    long next;
    Path filler = disk.resolve("filler");
    try (var topics = open(300_000)) {
      var log = topics.open("t", "e");
      fill(log, 2_000, 2);
      next = log.nextOffset();
      fillUp(filler);
    }
    fillUp(filler);
    try (var topics = open(300_000)) {
      var log = topics.open("t", "another");
      assertThat(log.epoch()).isEqualTo("e");
      assertThat(log.nextOffset()).isEqualTo(next);
      assertWhole(log, next);

      log.truncateBefore(next);

      append(log, List.of(record((int) next, 1_000)));
      assertThat(log.nextOffset()).isEqualTo(next + 1);
    }
  }

  private static void fillUp(Path file) throws IOException {
    try (var out =
        Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      byte[] page = new byte[4096];
      while (true) {
        out.write(page);
      }
    } catch (IOException e) {
      assertThat(e.getMessage()).containsIgnoringCase("no space");
    }
  }

  @Test
  void newTopicsAreRefusedAndOldOnesReadable() throws Exception {
    try (var topics = open(1 << 20)) {
      fill(topics.open("t", "e"), 1_000, 1);
      int refused = 0;
      for (int i = 0; i < 300; i++) {
        try {
          append(topics.open("topic " + i, "e"), List.of(record(0, 1_000)));
        } catch (StoreFullException e) {
          refused++;
        }
      }
      assertThat(refused).isGreaterThan(200);
      assertWhole(topics.open("t", "e"), topics.open("t", "e").nextOffset());

      topics.delete("t");

      append(topics.open("topic 299", "e"), List.of(record(0, 1_000)));
      assertWhole(topics.open("topic 299", "e"), 1);
    }
  }

  /** Until it throws. */
  private static void fill(StoredLog log, int size, int batch) throws IOException {
    try {
      while (log.nextOffset() < 100_000) {
        var records = new ArrayList<StoredRecord>();
        for (int i = 0; i < batch; i++) {
          records.add(record((int) log.nextOffset() + i, size));
        }
        append(log, records);
      }
    } catch (StoreFullException e) {
      assertThat(e.getMessage()).contains("no room").doesNotContain("\n");
      return;
    }
    throw new AssertionError("the disk was not filled");
  }

  private static StoredRecord record(int number, int size) {
    return new StoredRecord(number, "id-" + number, Map.of(), "x".repeat(size));
  }

  private static void assertWhole(StoredLog log, long next) throws IOException {
    var read = readAll(log, 0);
    assertThat(read).hasSize((int) next);
    for (int i = 0; i < read.size(); i++) {
      assertThat(read.get(i).offset()).isEqualTo(i);
      assertThat(read.get(i).record().id()).isEqualTo("id-" + i);
    }
  }
}
