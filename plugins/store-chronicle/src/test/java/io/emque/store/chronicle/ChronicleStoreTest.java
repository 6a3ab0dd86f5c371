package io.emque.store.chronicle;

import static io.emque.testkit.StoredRecord.append;
import static io.emque.testkit.StoredRecord.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import io.emque.api.spi.Providers;
import io.emque.api.spi.Store;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredTopics;
import io.emque.testkit.StoreContract;
import io.emque.testkit.StoredRecord;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ChronicleStoreTest extends StoreContract {
  @Override
  protected Store store() {
    return new ChronicleStore();
  }

  @Test
  @Tag("whole")
  void isFoundByItsName() {
    assertThat(Providers.builtIn().store("chronicle")).isInstanceOf(ChronicleStore.class);
  }

  @Test
  void smallFileIsGoneOnWithAndALargeOneIsNot() throws Exception {
    Path data = folder.resolve("other");
    var options = new Store.Options(data, 1 << 20, 64 << 20, 8);
    for (int i = 0; i < 5; i++) {
      try (var topics = store().open(options)) {
        var log = topics.open("t", "e");
        append(log, List.of(StoredRecord.random(i, 1_000)));
        assertThat(log.segments()).hasSize(1);
      }
    }
    try (var topics = store().open(options)) {
      var log = topics.open("t", "e");
      for (int i = 5; i < 30; i++) {
        append(log, List.of(StoredRecord.random(i, 1 << 20)));
      }
    }
    try (var topics = store().open(options)) {
      var log = topics.open("t", "e");
      int segments = log.segments().size();
      append(log, List.of(StoredRecord.random(30, 1_000)));

      assertThat(log.segments()).hasSize(segments + 1);
      assertThat(readAll(log, 0)).hasSize(31);
    }
  }

  @Test
  void tellsWhatItTakes() throws Exception {
    var options = new Store.Options(folder.resolve("other"), 1 << 20, 64 << 10, 8);
    long bytes;
    try (var topics = store().open(options)) {
      assertThat(topics.use()).isEqualTo(new StoredTopics.Use(0, 0, 0));
      for (int i = 0; i < 300; i++) {
        append(topics.open("t", "e"), List.of(StoredRecord.random(i, 1_000)));
      }
      append(topics.open("u", "e"), List.of(StoredRecord.random(0, 1_000)));

      assertThat(topics.open("t", "e").segments()).hasSizeGreaterThan(2);
      assertThat(topics.use().openLogs()).isEqualTo(2);
      bytes =
          Stream.of(topics.open("t", "e").segments(), topics.open("u", "e").segments())
              .flatMap(List::stream)
              .mapToLong(StoredLog.Segment::bytes)
              .sum();
      assertThat(topics.use().bytes()).isEqualTo(bytes);
    }
    try (var topics = store().open(options)) { // nothing is opened yet
      assertThat(topics.use().openLogs()).isZero();
      assertThat(topics.use().bytes()).isBetween(bytes, bytes + 1_000); // closed by a few
    }
  }

  @Test
  void allOffsetsOfManyDocumentsAreFound() throws Exception {
    // more than Chronicle's first index takes, so that it begins another between two records
    var options = new Store.Options(folder.resolve("other"), 1 << 20, 64 << 20, 8);
    int count = 150_000;
    try (var topics = store().open(options)) {
      var log = topics.open("t", "e");
      for (int i = 0; i < count; i++) {
        append(log, List.of(StoredRecord.random(i, 4)));
      }
      assertThat(log.segments()).hasSize(1);
    }
    try (var topics = store().open(options)) {
      var log = topics.open("t", "e");
      assertThat(readAll(log, 0)).hasSize(count);
      for (int i = 0; i < count; i += 9_999) {
        assertThat(StoredRecord.read(log, i, 1).records().getFirst())
            .isEqualTo(new StoredRecord.Read(i, StoredRecord.random(i, 4)));
      }
    }
  }

  @Test
  void openingALogHoldsUpNoOther() throws Exception {
    Path data = folder.resolve("other");
    var options = new Store.Options(data, 1 << 20, 64 << 10, 8);
    try (var topics = store().open(options)) {
      append(topics.open("slow", "e"), List.of(StoredRecord.random(0, 100)));
    }
    Path note = data.resolve("topics/t-slow/log"); // whoever opens a pipe waits for its other end
    Files.delete(note);
    assertThat(new ProcessBuilder("mkfifo", note.toString()).start().waitFor()).isZero();
    try (var topics = store().open(options)) {
      var opened = new CompletableFuture<StoredLog>();
      Thread opening =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      opened.complete(topics.open("slow", "f"));
                    } catch (IOException | RuntimeException e) {
                      opened.completeExceptionally(e);
                    }
                  });
      await().atMost(Duration.ofSeconds(60)).until(() -> isOpeningAFile(opening));

      for (int i = 0; i < 100; i++) {
        append(topics.open("t" + i, "e"), List.of(StoredRecord.random(i, 100)));
        topics.delete("t" + i);
      }

      assertThat(opened).isNotDone();
      new FileOutputStream(note.toFile()).close();
      assertThat(readAll(opened.get(60, TimeUnit.SECONDS), 0)).hasSize(1);
    }
  }

  private static boolean isOpeningAFile(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(RandomAccessFile.class.getName()));
  }

  @Test
  void logWhoseNameGotLostIsFoundByIt() throws Exception {
    Path data = folder.resolve("other");
    var options = new Store.Options(data, 1 << 20, 64 << 10, 8);
    String name = "Ü".repeat(500);
    try (var topics = store().open(options)) {
      append(topics.open(name, "e"), List.of(StoredRecord.random(0, 100)));
    }
    try (var folders = Files.list(data.resolve("topics"))) {
      Files.delete(folders.findFirst().orElseThrow().resolve("name"));
    }
    try (var topics = store().open(options)) {
      assertThat(topics.names()).isEmpty();
      assertThat(topics.open(name, "f").epoch()).isEqualTo("e");
    }
    try (var topics = store().open(options)) {
      assertThat(topics.names()).containsExactly(name);
      assertThat(readAll(topics.open(name, "f"), 0)).hasSize(1);
    }
  }

  @Test
  void linkToAFolderIsThatFolder() throws Exception {
    Path data = Files.createDirectory(folder.resolve("other"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), data);
    try (var topics = store().open(new Store.Options(link, 1 << 20, 64 << 10, 8))) {
      append(topics.open("t", "e"), List.of(StoredRecord.random(0, 100)));

      assertThatIOException()
          .isThrownBy(() -> store().open(new Store.Options(data, 1 << 20, 64 << 10, 8)).close())
          .withMessageContaining("in use");
    }
    try (var topics = store().open(new Store.Options(data, 1 << 20, 64 << 10, 8))) {
      assertThat(topics.names()).containsExactly("t");
    }
  }

  @Test
  void folderThatCannotBeMadeIsRefusedWithTheReason() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    Path nowhere = Files.createSymbolicLink(folder.resolve("nowhere"), folder.resolve("gone"));

    assertThatIOException()
        .isThrownBy(() -> store().open(new Store.Options(file, 1 << 20, 64 << 10, 8)).close())
        .withMessage("cannot make the folder " + file + ": something else has that name");
    assertThatIOException()
        .isThrownBy(
            () -> store().open(new Store.Options(file.resolve("x"), 1, 64 << 10, 8)).close())
        .withMessageStartingWith("cannot make the folder " + file.resolve("x") + ": ")
        .withMessageNotContaining(": " + file);
    assertThatIOException()
        .isThrownBy(() -> store().open(new Store.Options(nowhere, 1 << 20, 64 << 10, 8)).close())
        .withMessage("cannot make the folder " + nowhere + ": something else has that name");
  }
}
