package io.emque.testkit;

import static io.emque.testkit.StoredRecord.append;
import static io.emque.testkit.StoredRecord.read;
import static io.emque.testkit.StoredRecord.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.emque.api.spi.Store;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredTopics;
import io.emque.testkit.StoredRecord.Page;
import io.emque.testkit.StoredRecord.Read;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What any {@link Store} must pass. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class StoreContract {
  private static final int SEGMENT = 64 << 10;
  private static final int MAX_MESSAGE = 4 << 20;
  private static final Path OPEN_FILES = Path.of("/proc/self/fd");

  /** A folder for each test; the store's is inside of it. */
  @TempDir protected Path folder;

  private StoredTopics topics;

  /** For the subclass, which has a constructor without parameters too. */
  protected StoreContract() {}

  /** The store to be tested. */
  protected abstract Store store();

  /** What it is opened with, here with small segments. */
  protected Store.Options options(int maxOpenLogs) {
    return new Store.Options(folder.resolve("data"), MAX_MESSAGE, SEGMENT, maxOpenLogs);
  }

  @BeforeEach
  final void openTheStore() throws IOException {
    topics = store().open(options(64));
  }

  @AfterEach
  final void closeTheStore() throws IOException {
    topics.close();
  }

  private void reopen() throws IOException {
    reopen(64);
  }

  private void reopen(int maxOpenLogs) throws IOException {
    topics.close();
    topics = store().open(options(maxOpenLogs));
  }

  /** The topic of most tests. */
  private StoredLog log() throws IOException {
    return topics.open("orders", "e1");
  }

  private static List<StoredRecord> numbers(int from, int until) {
    return IntStream.range(from, until).mapToObj(StoredRecord::of).toList();
  }

  private static List<Long> offsets(List<Read> read) {
    return read.stream().map(Read::offset).toList();
  }

  private static List<StoredRecord> records(List<Read> read) {
    return read.stream().map(Read::record).toList();
  }

  /** Appends kilobytes until the log has so many segments. */
  private static void fill(StoredLog log, int segments) throws IOException {
    while (log.segments().size() < segments) {
      int next = (int) log.nextOffset();
      append(log, List.of(new StoredRecord(next, null, Map.of(), "x".repeat(1024))));
    }
  }

  @Test
  void logThatIsNewIsEmpty() throws Exception {
    var log = log();

    assertThat(log.epoch()).isEqualTo("e1");
    assertThat(log.firstOffset()).isZero();
    assertThat(log.nextOffset()).isZero();
    assertThat(log.lastTimeNanos()).isEqualTo(Long.MIN_VALUE);
    assertThat(log.segments()).isEmpty();
    assertThat(log.offsetAt(0)).isZero();
    assertThat(read(log, 0, 100)).isEqualTo(new Page(List.of(), 0));
    log.force();
    log.truncateBefore(0);
  }

  @Test
  void recordsAreReadAsTheyWereAppended() throws Exception {
    var log = log();
    var headers = new LinkedHashMap<String, String>();
    for (int i = 0; i < 32; i++) {
      headers.put("name-" + i, "värde 🎉 \r\n\0 " + i);
    }
    byte[] every = new byte[256];
    for (int i = 0; i < every.length; i++) {
      every[i] = (byte) i;
    }
    var records =
        List.of(
            new StoredRecord(0, null, Map.of(), ""),
            new StoredRecord(1, "", Map.of("", ""), "x"),
            new StoredRecord(1, "id-1", Map.of("a", "b"), StoredRecord.text(every)),
            new StoredRecord(2, "🎉".repeat(500), headers, ""),
            new StoredRecord(Long.MAX_VALUE - 1, null, Map.of("only", "header"), "\n"));

    append(log, records.subList(0, 2));
    append(log, records.subList(2, 3));
    append(log, records.subList(3, 5));
    append(log, List.of());

    assertThat(records(readAll(log, 0))).isEqualTo(records);
    assertThat(offsets(readAll(log, 0))).containsExactly(0L, 1L, 2L, 3L, 4L);
    assertThat(log.nextOffset()).isEqualTo(5);
    assertThat(log.lastTimeNanos()).isEqualTo(Long.MAX_VALUE - 1);
    reopen();
    assertThat(records(readAll(log(), 0))).isEqualTo(records);
  }

  @Test
  void orderOfHeadersIsKept() throws Exception {
    var log = log();
    var headers = new LinkedHashMap<String, String>();
    for (String name : List.of("z", "a", "m", "b")) {
      headers.put(name, name);
    }
    append(log, List.of(new StoredRecord(0, null, headers, "")));
    var names = new ArrayList<String>();

    log.read(
        0, 1, (offset, timeNanos, id, read, array, start, length) -> names.addAll(read.keySet()));

    assertThat(names).containsExactly("z", "a", "m", "b");
  }

  @Test
  void largePayloadsAreKept() throws Exception {
    var log = log();
    var records = new ArrayList<StoredRecord>();
    int number = 0;
    for (int size : new int[] {1, 1 << 16, (1 << 16) + 1, 300_000, MAX_MESSAGE, 3, MAX_MESSAGE}) {
      byte[] payload = new byte[size];
      new java.util.Random(size).nextBytes(payload);
      records.add(new StoredRecord(number++, "big", Map.of(), StoredRecord.text(payload)));
    }

    for (var record : records) {
      append(log, List.of(record));
    }
    append(log, records);

    var twice = new ArrayList<>(records);
    twice.addAll(records);
    assertThat(records(readAll(log, 0)).equals(twice)).isTrue();
    reopen();
    assertThat(records(readAll(log(), 0)).equals(twice)).isTrue();
  }

  @Test
  void logGoesOnWhereItWasAfterReopening() throws Exception {
    append(log(), numbers(0, 10));

    reopen();
    assertThat(topics.open("orders", "another").epoch()).isEqualTo("e1");
    assertThat(log().nextOffset()).isEqualTo(10);
    assertThat(log().firstOffset()).isZero();
    assertThat(log().lastTimeNanos()).isEqualTo(9);
    append(log(), numbers(10, 20));
    reopen();
    append(log(), numbers(20, 21));

    assertThat(records(readAll(log(), 0))).isEqualTo(numbers(0, 21));
  }

  @Test
  void logIsTheSameUntilItIsClosed() throws Exception {
    var log = log();
    append(log, numbers(0, 5));

    assertThat(log()).isSameAs(log);
    log.close();
    assertThat(log()).isNotSameAs(log);
    assertThatIOException().isThrownBy(() -> append(log, numbers(5, 6)));

    append(log(), numbers(5, 6));
    assertThat(records(readAll(log(), 0))).isEqualTo(numbers(0, 6));
    log.close();
  }

  @Test
  void readingBeginsAtAnyOffset() throws Exception {
    var log = log();
    for (int i = 0; i < 2_000; i += 50) {
      append(log, numbers(i, i + 50));
    }
    for (int times = 0; times < 2; times++) {
      for (int from : new int[] {0, 1, 49, 50, 51, 999, 1_000, 1_998, 1_999}) {
        assertThat(records(readAll(log, from))).isEqualTo(numbers(from, 2_000));
      }
      assertThat(read(log, 2_000, 100)).isEqualTo(new Page(List.of(), 2_000));
      assertThat(read(log, 5_000, 100)).isEqualTo(new Page(List.of(), 5_000));
      assertThat(records(readAll(log, -7))).isEqualTo(numbers(0, 2_000));
      reopen();
      log = log();
    }
  }

  @Test
  void readingEndsWithTheRecordThatFillsIt() throws Exception {
    var log = log();
    for (int i = 0; i < 10; i++) {
      append(log, List.of(new StoredRecord(i, "id", Map.of("a", "b"), "x".repeat(10))));
    }

    assertThat(offsets(read(log, 0, 1).records())).containsExactly(0L);
    assertThat(offsets(read(log, 0, 10).records())).containsExactly(0L);
    assertThat(offsets(read(log, 0, 11).records())).containsExactly(0L, 1L);
    assertThat(read(log, 0, 30).next()).isEqualTo(3);
    assertThat(offsets(read(log, 8, 1_000).records())).containsExactly(8L, 9L);
  }

  @Test
  void offsetIsFoundByTime() throws Exception {
    var log = log();
    for (int i = 0; i < 300; i++) {
      // two at each even time, over several segments
      append(log, List.of(new StoredRecord(i / 2 * 2L, null, Map.of(), "x".repeat(1_000))));
    }
    assertThat(log.segments()).hasSizeGreaterThan(3);
    for (int times = 0; times < 2; times++) {
      for (int time = 0; time < 299; time++) {
        assertThat(log.offsetAt(time)).as("time " + time).isEqualTo((time + 1) / 2 * 2L);
      }
      assertThat(log.offsetAt(-5)).isZero();
      assertThat(log.offsetAt(299)).isEqualTo(300);
      assertThat(log.offsetAt(Long.MAX_VALUE)).isEqualTo(300);
      reopen();
      log = log();
    }
  }

  @Test
  void segmentsFollowEachOther() throws Exception {
    var log = log();
    fill(log, 4);
    for (int times = 0; times < 2; times++) {
      var segments = log.segments();

      assertThat(segments.getFirst().firstOffset()).isZero();
      for (int i = 0; i + 1 < segments.size(); i++) {
        assertThat(segments.get(i).nextOffset()).isEqualTo(segments.get(i + 1).firstOffset());
        assertThat(segments.get(i).bytes()).isBetween(SEGMENT / 2L, SEGMENT * 2L);
        assertThat(segments.get(i).lastTimeNanos()).isEqualTo(segments.get(i).nextOffset() - 1);
      }
      assertThat(segments.getLast().nextOffset()).isEqualTo(log.nextOffset());
      assertThat(segments.getLast().bytes()).isPositive();
      reopen();
      log = log();
    }
  }

  @Test
  void truncatingRemovesWholeSegmentsAndReadingGoesOnBehindThem() throws Exception {
    var log = log();
    fill(log, 5);
    var segments = log.segments();
    long second = segments.get(1).firstOffset();
    long third = segments.get(2).firstOffset();

    log.truncateBefore(second - 1);
    assertThat(log.firstOffset()).isZero();
    log.truncateBefore(third + 1);

    for (int times = 0; times < 2; times++) {
      assertThat(log.firstOffset()).isEqualTo(third);
      assertThat(log.segments().getFirst().firstOffset()).isEqualTo(third);
      assertThat(read(log, 0, 1).records().getFirst().offset()).isEqualTo(third);
      assertThat(read(log, 0, 1).next()).isEqualTo(third + 1);
      assertThat(offsets(readAll(log, second)))
          .isEqualTo(java.util.stream.LongStream.range(third, log.nextOffset()).boxed().toList());
      assertThat(log.offsetAt(0)).isEqualTo(third);
      reopen();
      log = log();
    }
  }

  @Test
  void truncatingSparesTheNewestSegment() throws Exception {
    var log = log();
    fill(log, 3);
    long newest = log.segments().getLast().firstOffset();
    long next = log.nextOffset();

    log.truncateBefore(Long.MAX_VALUE);

    assertThat(log.segments()).hasSize(1);
    assertThat(log.firstOffset()).isEqualTo(newest);
    assertThat(log.nextOffset()).isEqualTo(next);
    reopen();
    append(log(), List.of(StoredRecord.of((int) next)));
    assertThat(log().firstOffset()).isEqualTo(newest);
    assertThat(log().nextOffset()).isEqualTo(next + 1);
  }

  @Test
  void truncatingFreesTheDisk() throws Exception {
    var log = log();
    fill(log, 10);
    long before = bytes();

    log.truncateBefore(log.segments().getLast().firstOffset());

    assertThat(bytes()).isLessThan(before - 8L * SEGMENT);
  }

  private long bytes() throws IOException {
    try (var files = Files.walk(options(1).folder())) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  static Stream<String> names() {
    return Stream.of(
        "a",
        "A",
        "aA",
        "AA",
        "aa",
        "..",
        ".",
        "../x",
        "../../x",
        "a/b",
        "/etc/passwd",
        "a\\b",
        "x..",
        "x.",
        "x",
        "x ",
        " x",
        " ",
        "con",
        "CON",
        "con.txt",
        "nul",
        "~",
        "-",
        "--help",
        "%",
        "%41",
        "%2e%2e",
        "t-a",
        "x-a",
        "*",
        "?",
        "a:b",
        "\"",
        "<",
        "|",
        "log",
        "lock",
        "state",
        "ü",
        "u\u0308",
        "Ü",
        "🎉",
        "ｅ",
        "ß",
        "SS",
        "ı",
        "I",
        "i",
        "\u202e",
        "a\u00a0",
        "\ufeff",
        "x".repeat(1_024),
        "X".repeat(1_024),
        "x".repeat(1_023) + "y",
        "🎉".repeat(256),
        "x".repeat(199),
        "x".repeat(200),
        "x".repeat(255),
        "x".repeat(256),
        "/".repeat(1_024));
  }

  @Test
  void namesAreKeptApartAndInsideTheFolder() throws Exception {
    List<String> names = names().toList();
    int number = 0;
    for (String name : names) {
      append(topics.open(name, "e" + number), List.of(StoredRecord.of(number++)));
    }
    reopen();

    assertThat(topics.names()).containsExactlyInAnyOrderElementsOf(names);
    number = 0;
    for (String name : names) {
      var log = topics.open(name, "another");
      assertThat(log.epoch()).isEqualTo("e" + number);
      assertThat(records(readAll(log, 0))).as(name).containsExactly(StoredRecord.of(number++));
    }
    try (var entries = Files.list(folder)) {
      assertThat(entries.map(Path::getFileName)).containsExactly(Path.of("data"));
    }
  }

  @Test
  void fileNamesAreKeptApartByAnyFileSystem() throws Exception {
    for (String name : names().toList()) {
      topics.open(name, "e");
    }
    var seen = new HashSet<String>();
    try (var files = Files.walk(options(1).folder())) {
      for (Path file : files.filter(file -> !file.equals(options(1).folder())).toList()) {
        String path = options(1).folder().relativize(file).toString();
        String one = java.text.Normalizer.normalize(path, java.text.Normalizer.Form.NFKC);
        assertThat(seen.add(one.toUpperCase(Locale.ROOT))).as(path).isTrue();
        assertThat(path).matches("\\p{ASCII}*").doesNotContain(":", "*", "?", "\"", "<", ">", "|");
        for (Path part : Path.of(path)) {
          assertThat(part.toString())
              .doesNotEndWith(".")
              .doesNotEndWith(" ")
              .doesNotMatch("(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])([.].*)?")
              .hasSizeLessThan(256);
        }
      }
    }
  }

  @Test
  void nameThatIsNoTextIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> topics.open("a\ud800", "e"));
  }

  @Test
  void namesAreACopyAndOfOpenedTopicsToo() throws Exception {
    assertThat(topics.names()).isEmpty();
    log();
    Set<String> names = topics.names();
    topics.open("more", "e");

    assertThat(names).containsExactly("orders");
    names.clear();
    assertThat(topics.names()).containsExactlyInAnyOrder("orders", "more");
  }

  @Test
  void topicIsDeletedForGood() throws Exception {
    var log = log();
    fill(log, 3);
    append(topics.open("kept", "e"), numbers(0, 3));
    long withIt = bytes();

    topics.delete("orders");
    topics.delete("never there");

    assertThat(topics.names()).containsExactly("kept");
    assertThat(bytes()).isLessThan(withIt - SEGMENT);
    assertThatIOException().isThrownBy(() -> append(log, numbers(0, 1)));
    log.close();
    var again = topics.open("orders", "e2");
    assertThat(again.epoch()).isEqualTo("e2");
    assertThat(again.nextOffset()).isZero();
    append(again, numbers(0, 2));
    topics.delete("kept");
    reopen();
    assertThat(topics.names()).containsExactly("orders");
    assertThat(records(readAll(topics.open("orders", "e3"), 0))).isEqualTo(numbers(0, 2));
  }

  @Test
  void topicThatIsNotOpenIsDeleted() throws Exception {
    append(log(), numbers(0, 10));
    reopen();

    topics.delete("orders");

    assertThat(topics.names()).isEmpty();
    reopen();
    assertThat(topics.names()).isEmpty();
    assertThat(log().nextOffset()).isZero();
  }

  @Test
  void folderHasOneOwnerAtATime() throws Exception {
    assertThatIOException()
        .isThrownBy(() -> store().open(options(64)).close())
        .withMessageContaining(options(64).folder().toString())
        .withMessageContaining(Long.toString(ProcessHandle.current().pid()))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    assertThatIOException().isThrownBy(() -> store().open(options(64)).close());

    append(log(), numbers(0, 1));
    reopen();
    assertThat(records(readAll(log(), 0))).isEqualTo(numbers(0, 1));
  }

  @Test
  void folderThatIsAFileIsRefusedInOneLine() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");

    assertThatIOException()
        .isThrownBy(() -> store().open(new Store.Options(file, 1, 1, 1)).close())
        .withMessageContaining(file.toString())
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void closedStoreRefusesAndClosesOnce() throws Exception {
    var log = log();
    append(log, numbers(0, 1));
    topics.close();
    topics.close();

    assertThatIOException().isThrownBy(this::log);
    assertThatIOException().isThrownBy(() -> append(log, numbers(1, 2)));
    log.close();
  }

  @Test
  void usableBytesAreKnownOrUnlimited() {
    assertThat(topics.usableBytes()).isPositive();
  }

  @Test
  @Tag("whole")
  void filesThatAreOpenAreBounded() throws Exception {
    assumeTrue(Files.isDirectory(OPEN_FILES), "SKIPPED: open files are counted in " + OPEN_FILES);
    reopen(16);
    int count = 500;
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < count; i++) {
        append(topics.open("topic-" + i, "e"), numbers(round, round + 1));
      }
      assertThat(openFiles()).isLessThan(100);
    }
    for (int i = 0; i < count; i++) {
      assertThat(records(readAll(topics.open("topic-" + i, "e"), 0))).isEqualTo(numbers(0, 2));
      topics.open("topic-" + i, "e").force();
    }
    assertThat(openFiles()).isLessThan(100);
    reopen(16);
    assertThat(topics.names()).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(topics.open("topic-" + i, "e").nextOffset()).isEqualTo(2);
    }
    topics.close();
    assertThat(openFiles()).isZero();
  }

  private long openFiles() throws IOException {
    Path real = folder.toRealPath();
    long open = 0;
    try (var files = Files.newDirectoryStream(OPEN_FILES)) {
      for (Path file : files) {
        if (isIn(file, real)) {
          open++;
        }
      }
    }
    return open;
  }

  private static boolean isIn(Path link, Path folder) {
    try {
      return Files.readSymbolicLink(link).startsWith(folder);
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  @Test
  @Tag("whole")
  void readersSeeWholeRecordsInOrderWhileOthersAreAppended() throws Exception {
    appendAndRead(Thread.ofPlatform());
  }

  @Test
  @Tag("whole")
  void virtualThreadsAppendToo() throws Exception {
    appendAndRead(Thread.ofVirtual());
  }

  private void appendAndRead(Thread.Builder threads) throws Exception {
    reopen(2);
    var log = log();
    int count = 20_000;
    var appended = new AtomicBoolean();
    try (var pool = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory());
        var appenders = Executors.newThreadPerTaskExecutor(threads.factory())) {
      var tasks = new ArrayList<Future<?>>();
      for (int i = 0; i < 3; i++) {
        tasks.add(
            pool.submit(
                () -> {
                  follow(log, count);
                  return null;
                }));
      }
      tasks.add(
          pool.submit(
              until(
                  appended,
                  () -> {
                    log.force();
                    assertThat(log.offsetAt(count / 2)).isLessThanOrEqualTo(count / 2);
                    assertThat(log.segments())
                        .isSortedAccordingTo(
                            java.util.Comparator.comparingLong(StoredLog.Segment::firstOffset));
                    return null;
                  })));
      tasks.add( // takes the open files away
          pool.submit(
              until(
                  appended,
                  () -> {
                    for (int i = 0; i < 4; i++) {
                      append(topics.open("other-" + i, "e"), numbers(0, 1));
                    }
                    return null;
                  })));
      var appending =
          appenders.submit(
              () -> {
                for (int i = 0; i < count; ) {
                  int until = Math.min(count, i + 1 + i % 7);
                  append(
                      log,
                      IntStream.range(i, until)
                          .mapToObj(n -> StoredRecord.random(n, 300))
                          .toList());
                  i = until;
                }
                return null;
              });
      appending.get();
      appended.set(true);
      for (var task : tasks) {
        task.get();
      }
    }
  }

  private static Callable<@org.jspecify.annotations.Nullable Void> until(
      AtomicBoolean end, Callable<@org.jspecify.annotations.Nullable Void> task) {
    return () -> {
      do {
        task.call();
      } while (!end.get());
      return null;
    };
  }

  private static void follow(StoredLog log, int count) throws IOException {
    long next = 0;
    while (next < count) {
      Page page = read(log, next, 10_000);
      for (Read read : page.records()) {
        assertThat(read.offset()).isEqualTo(next++);
        assertThat(read.record()).isEqualTo(StoredRecord.random((int) read.offset(), 300));
      }
      assertThat(page.next()).isEqualTo(next);
      if (page.records().isEmpty()) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void readersGoOnWhileSegmentsAreRemoved() throws Exception {
    var log = log();
    var failed = new AtomicReference<Throwable>();
    int count = 3_000;
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    long last = -1;
                    for (long next = 0; next < count; ) {
                      Page page = read(log, next, 4_000);
                      for (Read read : page.records()) {
                        assertThat(read.offset()).isGreaterThan(last);
                        last = read.offset();
                        assertThat(read.record()).isEqualTo(StoredRecord.random((int) last, 1_000));
                      }
                      assertThat(page.next()).isGreaterThanOrEqualTo(next);
                      next = page.next();
                    }
                    assertThat(last).isEqualTo(count - 1);
                  } catch (Throwable e) {
                    failed.set(e);
                  }
                });
    for (int i = 0; i < count; i++) {
      append(log, List.of(StoredRecord.random(i, 1_000)));
      if (i % 100 == 0) {
        log.truncateBefore(Math.max(0, i - 50));
      }
    }
    reader.join();

    assertThat(failed.get()).isNull();
    assertThat(log.firstOffset()).isPositive();
  }

  @Test
  void interruptCostsNobodyTheLog() throws Exception {
    var log = log();
    for (int i = 0; i < 300; i++) {
      Thread.currentThread().interrupt();
      try {
        append(log, List.of(StoredRecord.random(i, 2_000)));
        log.force();
        readAll(log, Math.max(0, i - 3));
      } finally {
        assertThat(Thread.interrupted()).isTrue();
      }
    }

    assertThat(records(readAll(log, 0)))
        .isEqualTo(IntStream.range(0, 300).mapToObj(i -> StoredRecord.random(i, 2_000)).toList());
    assertThat(Collections.max(offsets(readAll(log, 0)))).isEqualTo(299);
  }
}
