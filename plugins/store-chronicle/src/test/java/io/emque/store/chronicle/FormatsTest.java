package io.emque.store.chronicle;

import static io.emque.testkit.StoredRecord.append;
import static io.emque.testkit.StoredRecord.readAll;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Store;
import io.emque.api.spi.StoredTopics;
import io.emque.testkit.StoredRecord;
import io.emque.testkit.StoredRecord.Read;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Folders as released versions left them are read, and gone on with. They are kept in {@code
 * src/test/resources/formats/VERSION}, one of a broker that was stopped and one of a broker that
 * was killed, and stay as they are: a change that cannot read them is no change to make.
 *
 * <p>{@code -Demque.formats=write} makes those of {@link #TODAY} anew, which is for a version that
 * was not released yet.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FormatsTest {
  private static final String TODAY = "0.1";
  private static final Path KEPT = Path.of("src/test/resources/formats");
  private static final int COUNT = 60;
  private static final int LARGE = 17; // in a file of its own
  private static final long FIRST_TIME = 1_767_225_600_000_000_000L;
  private static final String NAMED_BY_HASH = "x/Ü ".repeat(100);

  @TempDir Path folder;

  private static StoredTopics open(Path data) throws IOException {
    return new ChronicleStore().open(new Store.Options(data, 1 << 20, 8 << 10, 8));
  }

  /** What is in the folders at each offset: of every kind that there is. */
  private static StoredRecord record(int offset) {
    var headers = new LinkedHashMap<String, String>();
    for (int i = 0; i < offset % 3; i++) {
      headers.put("name-" + i, "värde " + offset + " \n");
    }
    String id = offset % 2 == 0 ? null : offset % 5 == 0 ? "" : "id-🎉-" + offset;
    byte[] every = new byte[256];
    for (int i = 0; i < every.length; i++) {
      every[i] = (byte) i;
    }
    String payload =
        offset == LARGE
            ? "large ".repeat(3_000)
            : new String(every, 0, offset * 4 % 257, ISO_8859_1);
    return new StoredRecord(FIRST_TIME + offset / 2 * 1_000_000_000L, id, headers, payload);
  }

  private static List<StoredRecord> records(int from, int until) {
    var records = new ArrayList<StoredRecord>();
    for (int i = from; i < until; i++) {
      records.add(record(i));
    }
    return records;
  }

  private static List<Read> read(int count) {
    var read = new ArrayList<Read>();
    for (int i = 0; i < count; i++) {
      read.add(new Read(i, record(i)));
    }
    return read;
  }

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void folderOfABrokerThatWasStoppedIsReadAndGoneOnWith(String version) throws Exception {
    Path data = unzip(version, "stopped.zip");
    try (var topics = open(data)) {
      assertThat(topics.names())
          .containsExactlyInAnyOrder("orders", "../A b", "empty", NAMED_BY_HASH);
      assertThat(topics.open("../A b", "another").epoch()).isEqualTo("epoch_A-1");
      assertThat(readAll(topics.open("../A b", "another"), 0)).isEqualTo(read(1));
      assertThat(readAll(topics.open(NAMED_BY_HASH, "another"), 0)).isEqualTo(read(2));
      assertThat(topics.open("empty", "another").epoch()).isEqualTo("e3");
      assertThat(topics.open("empty", "another").nextOffset()).isZero();
      var log = topics.open("orders", "another");
      assertThat(log.epoch()).isEqualTo("e1");
      assertThat(log.firstOffset()).isZero();
      assertThat(log.nextOffset()).isEqualTo(COUNT);
      assertThat(log.lastTimeNanos()).isEqualTo(record(COUNT - 1).timeNanos());
      assertThat(log.segments()).hasSizeGreaterThan(2);
      assertThat(readAll(log, 0)).isEqualTo(read(COUNT));
      assertThat(log.offsetAt(record(41).timeNanos())).isEqualTo(40);

      append(log, records(COUNT, COUNT + 3));
      append(topics.open("../A b", "another"), records(1, 3));
    }
    try (var topics = open(data)) {
      assertThat(readAll(topics.open("orders", "another"), 0)).isEqualTo(read(COUNT + 3));
      assertThat(topics.open("../A b", "another").segments()).as("gone on with").hasSize(1);
      assertThat(readAll(topics.open("../A b", "another"), 0)).isEqualTo(read(3));
      assertThat(topics.use().damagedRecords()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void folderOfABrokerThatWasKilledIsReadAndGoneOnWith(String version) throws Exception {
    Path data = unzip(version, "killed.zip");
    boot(data, Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
    try (var topics = open(data)) {
      var log = topics.open("orders", "another");
      assertThat(log.epoch()).isEqualTo("e1");
      assertThat(log.nextOffset()).isEqualTo(COUNT);
      assertThat(readAll(log, 0)).isEqualTo(read(COUNT));

      append(log, records(COUNT, COUNT + 3));

      assertThat(readAll(log, 0)).isEqualTo(read(COUNT + 3));
      assertThat(topics.use().damagedRecords()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void folderOfAMachineThatStoppedGoesOnBehindAHole(String version) throws Exception {
    try (var topics = open(unzip(version, "killed.zip"))) {
      var log = topics.open("orders", "another");
      assertThat(log.epoch()).isEqualTo("e1");
      assertThat(log.nextOffset()).isGreaterThanOrEqualTo(1_000_000);
      assertThat(readAll(log, 0)).isEqualTo(read(COUNT));
      assertThat(topics.use().damagedRecords()).isZero();
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "emque.formats", matches = "write")
  void writeThoseOfToday() throws Exception {
    Path running = folder.resolve("running");
    try (var topics = open(running)) {
      for (int i = 0; i < COUNT; ) {
        int until = Math.min(COUNT, i + 1 + i % 3);
        append(topics.open("orders", "e1"), records(i, until));
        i = until;
      }
      append(topics.open("../A b", "epoch_A-1"), records(0, 1));
      append(topics.open(NAMED_BY_HASH, "e2"), records(0, 2));
      topics.open("empty", "e3");
      append(topics.open("gone", "e4"), records(0, 1));
      topics.delete("gone");
      zip(running, "killed.zip"); // files without their process
    }
    zip(running, "stopped.zip");
  }

  /** Says in which boot of the machine the folder was used last. */
  private static void boot(Path data, String boot) throws IOException {
    Path state = data.resolve("state");
    var values = new TreeMap<>(requireNonNull(Note.read(state)).values());
    values.put("boot", boot);
    new Note(values).write(state, true);
  }

  private void zip(Path data, String name) throws IOException {
    Path copy = folder.resolve(name + ".copy");
    try (var files = Files.walk(data)) {
      for (Path file : files.toList()) {
        Path to = copy.resolve(data.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(to);
        } else if (!file.endsWith("lock")) {
          Files.copy(file, to);
        }
      }
    }
    boot(copy, "of-the-machine-that-wrote-it");
    Path to = Files.createDirectories(KEPT.resolve(TODAY)).resolve(name);
    try (var files = Files.walk(copy);
        var out = new ZipOutputStream(Files.newOutputStream(to))) {
      for (Path file : files.sorted().toList()) {
        String entry = copy.relativize(file).toString().replace('\\', '/');
        var described =
            new ZipEntry(Files.isDirectory(file) ? entry + "/" : entry); // for "empty" too
        described.setTime(0);
        out.putNextEntry(described);
        if (!Files.isDirectory(file)) {
          Files.copy(file, out);
        }
      }
    }
  }

  private Path unzip(String version, String name) throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    try (var in =
        new ZipInputStream(
            requireNonNull(
                FormatsTest.class.getResourceAsStream("/formats/" + version + "/" + name),
                () -> version + "/" + name))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        Path file = data.resolve(entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(file);
        } else {
          Files.copy(in, file);
        }
      }
    }
    return data;
  }
}
