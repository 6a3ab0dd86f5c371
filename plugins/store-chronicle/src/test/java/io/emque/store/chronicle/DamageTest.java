package io.emque.store.chronicle;

import static io.emque.testkit.StoredRecord.append;
import static io.emque.testkit.StoredRecord.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Store;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredTopics;
import io.emque.testkit.StoredRecord;
import io.emque.testkit.StoredRecord.Read;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files are damaged in every way; what is read are records that were appended, at their offsets,
 * and what is appended then gets new ones.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamageTest {
  private static final int PAYLOAD = 40;
  private static final int SEGMENT = 32 << 10;

  @TempDir Path folder;

  private Path original;

  /** How the process ended that had the files open. */
  private enum End {
    CLOSED,
    KILLED
  }

  /** Does something to the files in a folder of a store. */
  private interface Damage {
    void to(Path data) throws IOException;
  }

  @BeforeEach
  void makeFolder() {
    original = folder.resolve("original");
  }

  private static StoredTopics open(Path data) throws IOException {
    return new ChronicleStore().open(new Store.Options(data, 1 << 20, SEGMENT, 8));
  }

  /** Appends records one by one and two by two, and leaves the folder as the end would. */
  private void write(int count, End end) throws IOException {
    Path running = folder.resolve("running");
    try (var topics = open(running)) {
      var log = topics.open("t", "e1");
      for (int i = 0; i < count; ) {
        int until = Math.min(count, i + 1 + i % 2);
        append(log, records(i, until));
        i = until;
      }
      log.force();
      if (end == End.KILLED) {
        copy(running, original); // files without their process
      }
    }
    if (end == End.CLOSED) {
      copy(running, original);
    }
  }

  private static List<StoredRecord> records(int from, int until) {
    var records = new ArrayList<StoredRecord>();
    for (int i = from; i < until; i++) {
      records.add(StoredRecord.random(i, PAYLOAD));
    }
    return records;
  }

  private static void copy(Path from, Path to) throws IOException {
    Disk.delete(to);
    try (var files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          copySparse(file, copy);
        }
      }
    }
  }

  /** A file that was not closed is mostly holes. */
  private static void copySparse(Path from, Path to) throws IOException {
    try (var in = new RandomAccessFile(from.toFile(), "r");
        var out = new RandomAccessFile(to.toFile(), "rw")) {
      out.setLength(in.length());
      byte[] page = new byte[4096];
      byte[] zeros = new byte[page.length];
      for (int read = in.read(page); read > 0; read = in.read(page)) {
        if (!java.util.Arrays.equals(page, 0, read, zeros, 0, read)) {
          out.seek(in.getFilePointer() - read);
          out.write(page, 0, read);
        }
      }
    }
  }

  private static List<SegmentFile> segments(Path data) throws IOException {
    var segments = new ArrayList<SegmentFile>();
    try (var entries = Files.list(data.resolve("topics/t-t"))) {
      for (Path entry : entries.sorted().toList()) {
        SegmentFile segment = SegmentFile.of("t", entry, new LongAdder());
        if (segment != null) {
          segments.add(segment);
        }
      }
    }
    return segments;
  }

  /** Where the records of a segment begin, and where the last one ends. */
  private static List<Long> places(SegmentFile segment) throws IOException {
    var places = new ArrayList<Long>();
    try (var reader =
        segment.read(
            segment.positions().at(segment.firstOffset()), Long.MAX_VALUE, Long.MAX_VALUE)) {
      long end = 0;
      while (reader.next()) {
        places.add(reader.foundPosition());
        end = reader.position();
      }
      places.add(end);
    }
    return places;
  }

  /** Damages a copy, reads it, appends to it, reads that; the offsets that could be read. */
  private List<Long> survivors(int count, Damage damage) throws IOException {
    Path data = folder.resolve("copy");
    copy(original, data);
    damage.to(data);
    List<Read> read;
    long added;
    try (var topics = open(data)) {
      var log = topics.open("t", "e2");
      boolean sameEpoch = log.epoch().equals("e1");
      read = check(log, count);
      added = log.nextOffset();
      if (sameEpoch) {
        assertThat(added).as("an offset is given once").isGreaterThanOrEqualTo(count);
      }
      append(log, List.of(StoredRecord.random(count, PAYLOAD)));
      assertThat(readAll(log, added))
          .containsExactly(new Read(added, StoredRecord.random(count, PAYLOAD)));
      log.segments();
      for (int i = 0; i < count; i += 7) {
        assertThat(log.offsetAt(i)).isBetween(0L, Math.max(added, i));
      }
    }
    try (var topics = open(data)) {
      var log = topics.open("t", "e3");
      assertThat(log.nextOffset()).isEqualTo(added + 1);
      var again = readAll(log, 0);
      assertThat(again.removeLast())
          .isEqualTo(new Read(added, StoredRecord.random(count, PAYLOAD)));
      assertThat(again).isEqualTo(read);
    }
    return read.stream().map(Read::offset).toList();
  }

  private static List<Read> check(StoredLog log, int count) throws IOException {
    List<Read> all = readAll(log, 0);
    long last = -1;
    for (Read read : all) {
      assertThat(read.offset()).isGreaterThan(last).isLessThan(count);
      assertThat(read.record()).isEqualTo(StoredRecord.random((int) read.offset(), PAYLOAD));
      last = read.offset();
    }
    return all;
  }

  private static List<Long> without(int count, long from, long until) {
    var offsets = new ArrayList<Long>();
    for (long i = 0; i < count; i++) {
      if (i < from || i >= until) {
        offsets.add(i);
      }
    }
    return offsets;
  }

  private static void flip(Path file, long position, int bit) throws IOException {
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(position);
      int old = open.read();
      open.seek(position);
      open.write(Math.max(0, old) ^ (1 << bit));
    }
  }

  private static void fill(Path file, long position, byte[] bytes) throws IOException {
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(position);
      open.write(bytes);
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsLostWithoutDamage(End end) throws Exception {
    write(20, end);

    assertThat(survivors(20, data -> {})).isEqualTo(without(20, 0, 0));
  }

  @ParameterizedTest
  @Tag("whole")
  @EnumSource
  void fileIsCutAtEveryByteOfTheLastRecords(End end) throws Exception {
    write(9, end);
    SegmentFile segment = segments(original).getLast();
    List<Long> places = places(segment);
    Path file = original.relativize(segment.file());
    for (long cut = places.get(5); cut <= places.getLast() + 1; cut++) {
      long length = cut;
      long whole = places.stream().skip(1).filter(until -> until <= length).count();

      var left = survivors(9, data -> Disk.truncate(data.resolve(file), length));

      assertThat((long) left.size()).as("cut at " + cut).isBetween(whole, whole + 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void bitIsFlippedInEveryByteOfARecord(End end) throws Exception {
    int count = 9;
    write(count, end);
    SegmentFile segment = segments(original).getLast();
    List<Long> places = places(segment);
    Path file = original.relativize(segment.file());
    for (int record : new int[] {4, count - 1}) {
      for (long at = places.get(record); at < places.get(record + 1); at++) {
        long position = at;

        var left =
            survivors(count, data -> flip(data.resolve(file), position, (int) (position * 3 % 8)));

        assertThat(left).containsAll(without(count, record, record + 1));
      }
    }
  }

  @ParameterizedTest
  @Tag("whole")
  @EnumSource
  void bitIsFlippedInWhatChronicleKeepsForItself(End end) throws Exception {
    int count = 5;
    write(count, end);
    SegmentFile segment = segments(original).getLast();
    Path file = original.relativize(segment.file());
    long first = places(segment).getFirst();
    for (long at = 0; at < first; at += at < 210 ? 1 : 37) {
      long position = at;

      var left = survivors(count, data -> flip(data.resolve(file), position, (int) position % 8));

      assertThat(left).isEqualTo(without(count, 0, 0));
    }
  }

  @ParameterizedTest
  @EnumSource
  void pagesAreZeroed(End end) throws Exception {
    int count = 250;
    write(count, end);
    SegmentFile segment = segments(original).getFirst();
    List<Long> places = places(segment);
    Path file = original.relativize(segment.file());
    assertThat(places.getLast()).isGreaterThan(4 * 4096);
    for (long page = 0; page < places.getLast(); page += 4096) {
      long position = page;
      long end1 = page + 4096;
      var left = survivors(count, data -> fill(data.resolve(file), position, new byte[4096]));

      for (int i = 0; i + 1 < places.size(); i++) {
        boolean hit = places.get(i) < end1 && places.get(i + 1) > position;
        if (!hit) {
          assertThat(left).contains((long) i);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void fileIsOverwrittenWithNoise(End end) throws Exception {
    int count = 1_200;
    write(count, end);
    var random = new Random(1);
    int segments = segments(original).size();
    assertThat(segments).isGreaterThan(2);
    for (int i = 0; i < segments; i++) {
      Path file = original.relativize(segments(original).get(i).file());
      byte[] noise = new byte[(int) Files.size(segments(original).get(i).file())];
      random.nextBytes(noise);

      var left = survivors(count, data -> fill(data.resolve(file), 0, noise));

      long from = segments(original).get(i).firstOffset();
      long until = i + 1 < segments ? segments(original).get(i + 1).firstOffset() : count;
      assertThat(left).isEqualTo(without(count, from, until));
    }
  }

  /** With lengths that ask for gigabytes, and would make a search for the next record quadratic. */
  @ParameterizedTest
  @EnumSource
  void fileIsFilledWithHeadsThatLie(End end) throws Exception {
    int count = 9;
    write(count, end);
    Path file = original.relativize(segments(original).getLast().file());
    byte[] lies = new byte[1 << 20];
    var random = new Random(1);
    random.nextBytes(lies);
    for (int at = 0; at + 4 <= lies.length; at += 4) {
      boolean magic = at % 8 == 0;
      int word = magic ? RecordFormat.MAGIC : Integer.MAX_VALUE >> random.nextInt(31);
      for (int i = 0; i < 4; i++) {
        lies[at + i] = (byte) (word >> (8 * i));
      }
    }

    assertThat(survivors(count, data -> fill(data.resolve(file), 0, lies))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void segmentsAreDeleted(End end) throws Exception {
    int count = 1_200;
    write(count, end);
    List<SegmentFile> segments = segments(original);
    assertThat(segments).hasSizeGreaterThan(2);
    for (int i = 0; i < segments.size(); i++) {
      long from = segments.get(i).firstOffset();
      long until = i + 1 < segments.size() ? segments.get(i + 1).firstOffset() : count;
      Path segment = original.relativize(segments.get(i).folder());
      Path file = original.relativize(segments.get(i).file());

      assertThat(survivors(count, data -> Disk.delete(data.resolve(segment))))
          .isEqualTo(without(count, from, until));
      assertThat(survivors(count, data -> Disk.delete(data.resolve(file))))
          .isEqualTo(without(count, from, until));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyOtherFileIsDeletedOrEmptiedOrFlipped(End end) throws Exception {
    int count = 1_200;
    write(count, end);
    List<Path> files;
    try (var walk = Files.walk(original)) {
      files =
          walk.filter(Files::isRegularFile)
              .filter(file -> !file.toString().endsWith(".cq4"))
              .map(original::relativize)
              .toList();
    }
    assertThat(files).hasSizeGreaterThan(4);
    for (Path file : files) {
      assertThat(survivors(count, data -> Disk.delete(data.resolve(file))))
          .as(file.toString())
          .isEqualTo(without(count, 0, 0));
      assertThat(survivors(count, data -> Disk.truncate(data.resolve(file), 0)))
          .isEqualTo(without(count, 0, 0));
      for (int at = 0; at < 60; at += 7) {
        int position = at;
        assertThat(survivors(count, data -> flip(data.resolve(file), position, position % 7)))
            .isEqualTo(without(count, 0, 0));
      }
    }
  }

  /** Who publishes a file of ours must not bring forth its messages, should a disk go bad. */
  @Test
  void recordsInsideOfAPayloadAreNone() throws Exception {
    Path data = folder.resolve("data");
    byte[] evil;
    try (var topics = open(data)) {
      append(topics.open("t", "e1"), records(0, 3));
    }
    evil = Files.readAllBytes(segments(data).getFirst().file());
    try (var topics = open(data)) {
      append(
          topics.open("t", "e1"),
          List.of(
              new StoredRecord(
                  3,
                  null,
                  Map.of(),
                  new String(evil, java.nio.charset.StandardCharsets.ISO_8859_1))));
      append(topics.open("t", "e1"), records(4, 6));
    }
    SegmentFile segment = segments(data).getFirst();
    flip(segment.file(), places(segment).get(3) + 20, 0);

    try (var topics = open(data)) {
      assertThat(readAll(topics.open("t", "e1"), 0).stream().map(Read::offset))
          .containsExactly(0L, 1L, 2L, 4L, 5L);
    }
  }

  /** As when the power fails: the state is that of another boot. */
  @ParameterizedTest
  @EnumSource
  void machineThatStoppedLeavesAHoleInEveryLogOnce(End end) throws Exception {
    write(20, end);
    Path state = original.resolve("state");
    var values = new TreeMap<>(java.util.Objects.requireNonNull(Note.read(state)).values());
    values.put("boot", "another");
    new Note(values).write(state, true);
    boolean stopped = end == End.KILLED;

    try (var topics = open(original)) {
      assertThat(topics.names()).containsExactly("t"); // but not opened
    }
    long next;
    try (var topics = open(original)) {
      var log = topics.open("t", "e2");
      assertThat(log.epoch()).isEqualTo("e1");
      next = log.nextOffset();
      if (stopped) {
        assertThat(next).isGreaterThanOrEqualTo(1_000_000);
      } else {
        assertThat(next).isEqualTo(20);
      }
      assertThat(check(log, 20)).hasSize(20);
      assertThat(StoredRecord.read(log, 20, 100).next()).isEqualTo(next);
      assertThat(log.offsetAt(20)).isEqualTo(next);
    }
    try (var topics = open(original)) {
      var log = topics.open("t", "e2");
      assertThat(log.nextOffset()).isEqualTo(next);
      append(log, records(20, 22));
      assertThat(log.nextOffset()).isEqualTo(next + 2);
      assertThat(readAll(log, 19).stream().map(Read::offset)).containsExactly(19L, next, next + 1);
    }
  }

  @Test
  void leftoversOfDeletedAndUnfinishedTopicsAreRemoved() throws Exception {
    write(3, End.CLOSED);
    Path leftover = Files.createDirectories(original.resolve("topics/x-1/y"));
    Path strange = Files.createDirectories(original.resolve("topics/lost+found"));

    try (var topics = open(original)) {
      assertThat(topics.names()).containsExactly("t");
    }

    assertThat(leftover).doesNotExist();
    assertThat(strange).exists();
  }
}
