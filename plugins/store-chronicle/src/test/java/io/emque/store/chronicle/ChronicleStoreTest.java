package io.emque.store.chronicle;

import static io.emque.testkit.StoredRecord.append;
import static io.emque.testkit.StoredRecord.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Providers;
import io.emque.api.spi.Store;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredTopics;
import io.emque.testkit.StoreContract;
import io.emque.testkit.StoredRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ChronicleStoreTest extends StoreContract {
  @Override
  protected Store store() {
    return new ChronicleStore();
  }

  @Test
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
}
