package io.emque.store.chronicle;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.testkit.StoredRecord;
import io.emque.testkit.fuzz.Choices;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files of records that something was done to. Whatever that was, what is read is what was written,
 * where it was written. {@code DamageTest} does the same to whole stores, a few hundred times.
 */
class RecordFuzzTest {
  private static final long SALT = 0x1234_5678_9abc_def0L;
  private static final int START = 64;

  /** By its place in the file. */
  private static final Map<Long, Written> WRITTEN = new TreeMap<>();

  private static final byte[] FILE = file();

  @TempDir static Path folder;

  /** Held, or its level would be forgotten. Each damaged file would be told of. */
  private static final Logger QUIET = Logger.getLogger("io.emque.store.chronicle.SegmentFile");

  private record Written(long offset, StoredRecord record) {}

  private static List<byte[]> files() {
    return List.of(FILE, Arrays.copyOf(FILE, FILE.length - 5), Arrays.copyOf(FILE, 4_096));
  }

  /** Records one after another, with a document's header here and there, and a hole. */
  private static byte[] file() {
    var file = new ByteArrayOutputStream();
    file.writeBytes(new byte[START]);
    for (int i = 0; i < 14; i++) {
      var record = StoredRecord.random(i, 80);
      if (i % 3 == 0) {
        file.writeBytes(new byte[] {(byte) (40 + i), 0, 0, 0});
      }
      if (i == 9) { // a payload that was once a record, as somebody may send it
        byte[] stolen = Arrays.copyOfRange(file.toByteArray(), START, START + 120);
        record = new StoredRecord(9, "stolen", Map.of(), new String(stolen, ISO_8859_1));
      }
      append(file, i < 7 ? i : i + 3, record);
    }
    file.writeBytes(new byte[256]);
    return file.toByteArray();
  }

  private static void append(ByteArrayOutputStream file, long offset, StoredRecord record) {
    long position = file.size();
    byte[] id = record.id() == null ? null : record.id().getBytes(UTF_8);
    byte[] headers = RecordFormat.encode(record.headers());
    byte[] payload = record.payload().getBytes(ISO_8859_1);
    byte[] head = new byte[RecordFormat.HEAD];
    new RecordFormat(SALT)
        .head(head, position, offset, record.timeNanos(), id, headers, payload, 0, payload.length);
    file.writeBytes(head);
    file.writeBytes(id == null ? new byte[0] : id);
    file.writeBytes(headers);
    file.writeBytes(payload);
    file.writeBytes(new byte[RecordFormat.padded(file.size()) - file.size()]);
    WRITTEN.put(position, new Written(offset, record));
  }

  @BeforeAll
  static void hush() {
    QUIET.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    QUIET.setLevel(null);
  }

  @Test
  void nothingIsMissedInAWholeFile() throws Exception {
    assertThat(read(FILE, 0)).hasSize(WRITTEN.size());
  }

  @Fuzz(seeds = "files", runs = 800)
  void records(byte[] input) throws Exception {
    int start = input.length == 0 ? 0 : (input[0] & 0xff) / 4 * 4;
    var unused = read(input, start);
  }

  private static List<Written> read(byte[] bytes, long start) throws IOException {
    Path file = Files.write(folder.resolve("records"), bytes);
    var found = new ArrayList<Written>();
    try (var reader =
        new RecordReader(file, new RecordFormat(SALT), start, 0, Long.MAX_VALUE, Long.MAX_VALUE)) {
      long last = -1;
      while (reader.next()) {
        assertThat(reader.offset()).isGreaterThan(last);
        last = reader.offset();
        var read = new Written(reader.offset(), record(reader));
        assertThat(read).isEqualTo(WRITTEN.get(reader.foundPosition()));
        found.add(read);
      }
    }
    return found;
  }

  private static StoredRecord record(RecordReader reader) {
    return new StoredRecord(
        reader.timeNanos(),
        reader.id(),
        Map.copyOf(reader.headers()),
        new String(reader.array(), reader.payloadStart(), reader.payloadLength(), ISO_8859_1));
  }

  @Test
  void readerThatDoesNotCheckBodiesWouldBeFound() {
    FuzzLoop.Target planted =
        input -> {
          var format = new RecordFormat(SALT);
          for (int at = 0; at + RecordFormat.HEAD <= input.length; at += 4) {
            if (format.isHead(input, at, at)
                && at + RecordFormat.length(input, at) <= input.length) {
              int length = RecordFormat.payloadLength(input, at);
              int from = at + (int) RecordFormat.length(input, at) - length;
              assertThat(new String(input, from, length, ISO_8859_1))
                  .isEqualTo(WRITTEN.get((long) at).record().payload());
            }
          }
        };

    assertThat(FuzzLoop.finds(planted, files(), 4_000)).isTrue();
  }

  /** What a killed process left: cutting off what was not finished loses no record. */
  @Fuzz(seeds = "files", runs = 80)
  void tail(byte[] input) throws Exception {
    var segment = new SegmentFile("t", folder, 0, SALT, new LongAdder());
    Files.createDirectories(segment.folder());
    Files.write(segment.file(), input);
    List<Written> before = read(input, 0);

    Tail tail = Tail.of(segment);

    assertThat(tail.extent().end()).isLessThanOrEqualTo(input.length + 3L);
    assertThat(read(Files.readAllBytes(segment.file()), 0)).isEqualTo(before);
    assertThat(segment.scan(Long.MAX_VALUE)).isEqualTo(tail.extent());
  }

  private static List<byte[]> notes() throws IOException {
    Path file = folder.resolve("note");
    new Note(Map.of("next", "42", "time", "-1", "bytes", "4096", "followed", "yes"))
        .write(file, false);
    return List.of(Files.readAllBytes(file), new byte[0]);
  }

  /** A note is there as it was written, or not at all. */
  @Fuzz(
      seeds = "notes",
      runs = 80,
      words = {"crc32c ", "\n", " ", "next"})
  void note(byte[] input) throws Exception {
    Note note = Note.read(Files.write(folder.resolve("mutated"), input));

    if (note != null) {
      Path again = folder.resolve("again");
      note.write(again, false);
      assertThat(Note.read(again)).isEqualTo(note);
      assertThat(note.number("next", -1)).isGreaterThanOrEqualTo(-1);
    }
  }

  private static List<byte[]> names() {
    return List.of(
        "\u0000a/b".getBytes(UTF_8),
        "\u0000../x.".getBytes(UTF_8),
        "\u0001t-a%2fb".getBytes(UTF_8),
        "\u0001h-00".getBytes(UTF_8),
        ("\u0000" + "ü".repeat(100)).getBytes(UTF_8));
  }

  @Fuzz(
      runs = 1_500,
      seeds = "names",
      words = {"%", "t-", "h-", "..", "/", "%2F"})
  void name(byte[] input) {
    var choices = new Choices(input);
    boolean topic = choices.octet() == 0;
    String text = new String(choices.rest(), UTF_8);
    if (topic && !text.isEmpty()) {
      String name = TopicNames.folder(text);
      assertThat(name).matches("[th]-[a-z0-9_.%-]{1,200}").doesNotEndWith(".");
      assertThat(TopicNames.isHashed(name) ? text : TopicNames.topic(name)).isEqualTo(text);
    } else if (!topic && TopicNames.topic(text) != null) {
      assertThat(TopicNames.folder(TopicNames.topic(text))).isEqualTo(text);
    }
  }
}
