package io.emque.store.chronicle;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.Objects.requireNonNull;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A folder with one file of records, whose name says the first one's offset and the salt of their
 * checksums. A note, {@code end}, says how far it goes since it was closed. Any thread.
 */
final class SegmentFile {
  private static final System.Logger LOG = System.getLogger(SegmentFile.class.getName());
  private static final Pattern NAME = Pattern.compile("([0-9]{19})-([0-9a-f]{16})");
  private static final String END = "end";

  /** What Chronicle calls the file of cycle 0. */
  private static final String FILE = "19700101F.cq4";

  /** Chronicle's locks and listing of files: of no use to a file without company. */
  private static final String METADATA = "metadata.cq4t";

  /**
   * How far it goes.
   *
   * @param next one past its last offset
   * @param timeNanos of its last record
   * @param end one past its last byte
   */
  record Extent(long next, long timeNanos, long end) {}

  private final String topic;
  private final Path folder;
  private final long firstOffset;
  private final long salt;
  private final Positions positions;
  private final LongAdder damagedRecords;
  private volatile @Nullable Extent extent;
  private volatile boolean dirty;
  private long damagedBefore = Long.MIN_VALUE; // offsets below were reported; guarded by this

  /**
   * @param damagedRecords counts those that cannot be read
   */
  SegmentFile(String topic, Path log, long firstOffset, long salt, LongAdder damagedRecords) {
    this.damagedRecords = damagedRecords;
    this.topic = topic;
    this.firstOffset = firstOffset;
    this.salt = salt;
    this.folder = log.resolve("%019d-%s".formatted(firstOffset, HexFormat.of().toHexDigits(salt)));
    this.positions = new Positions(firstOffset);
  }

  /** The segment in a folder; null when it is none. */
  static @Nullable SegmentFile of(String topic, Path folder, LongAdder damagedRecords) {
    Matcher name = NAME.matcher(folder.getFileName().toString());
    if (!name.matches()) {
      return null;
    }
    return new SegmentFile(
        topic,
        requireNonNull(folder.toAbsolutePath().getParent()),
        Long.parseLong(name.group(1)),
        Long.parseUnsignedLong(name.group(2), 16),
        damagedRecords);
  }

  Path folder() {
    return folder;
  }

  Path file() {
    return folder.resolve(FILE);
  }

  boolean isThere() {
    return Files.isRegularFile(file());
  }

  long firstOffset() {
    return firstOffset;
  }

  Positions positions() {
    return positions;
  }

  RecordFormat format() {
    return new RecordFormat(salt);
  }

  /** Remembers that it holds bytes that may not be on the disk. Set after they were written. */
  void written() {
    dirty = true;
  }

  boolean isDirty() {
    return dirty;
  }

  void force() throws IOException {
    if (!dirty) {
      return;
    }
    dirty = false; // first: what is written from here on is another call's
    try {
      Disk.force(file());
    } catch (IOException e) {
      dirty = true;
      throw Disk.failure("force", file(), e);
    }
  }

  /**
   * Reads from an offset on.
   *
   * @throws FileNotFoundException when it was removed
   */
  RecordReader read(Positions.Place from, long upperOffset, long limit) throws IOException {
    return new RecordReader(file(), format(), from.position(), from.offset(), upperOffset, limit);
  }

  /** Takes note of what a reader has found. */
  void found(RecordReader reader) {
    positions.add(reader.offset(), reader.foundPosition(), reader.timeNanos());
    if (reader.missedFrom() >= 0) {
      damaged(reader.missedFrom(), reader.offset());
    }
  }

  /** Says so once for each record. */
  synchronized void damaged(long from, long until) {
    long first = Math.max(from, damagedBefore);
    if (first >= until) {
      return;
    }
    damagedBefore = until;
    damagedRecords.add(until - first);
    LOG.log(
        WARNING,
        () ->
            (until - first == 1 ? "message " + first : "messages " + first + " to " + (until - 1))
                + " of topic \""
                + topic
                + "\" cannot be read, and are skipped: "
                + file());
  }

  /** How far it goes, by its note, or else by reading it. */
  Extent extent(long upperOffset) throws IOException {
    Extent known = extent;
    if (known == null) {
      Note end = end();
      known = end == null ? scan(upperOffset) : new Extent(next(end), time(end), length(end));
      extent = known;
    }
    return known;
  }

  /** Whether it is known how far it goes; not while it is appended to. */
  boolean isEnded() {
    return extent != null;
  }

  /** Reads it to its end. */
  Extent scan(long upperOffset) throws IOException {
    long next = firstOffset;
    long timeNanos = Long.MIN_VALUE;
    long end = 0;
    try (var reader = read(positions.at(firstOffset), upperOffset, Long.MAX_VALUE)) {
      while (reader.next()) {
        found(reader);
        next = reader.expected();
        timeNanos = reader.timeNanos();
        end = reader.position();
      }
    }
    return new Extent(next, timeNanos, end);
  }

  @Nullable Note end() throws IOException {
    return Note.read(folder.resolve(END));
  }

  static long next(Note end) {
    return end.number("next", 0);
  }

  static long time(Note end) {
    return end.number("time", Long.MIN_VALUE);
  }

  /** What it takes on disk, as far as that can be told without reading it. */
  long bytes() throws IOException {
    Extent known = extent;
    if (known != null) {
      return known.end();
    }
    Note end = end();
    return end == null ? Files.size(file()) : length(end);
  }

  static long length(Note end) {
    return end.number("bytes", 0);
  }

  /** Whether a segment came after the one with this note. */
  static boolean isFollowed(Note end) {
    return end.text("followed").equals("yes");
  }

  /**
   * Notes how far it goes.
   *
   * @param checksum whether the file may be appended to again, and so must be known to the byte
   */
  void end(Extent extent, boolean followed, boolean checksum) throws IOException {
    var values = new TreeMap<String, String>();
    values.put("next", Long.toString(extent.next()));
    values.put("time", Long.toString(extent.timeNanos()));
    values.put("bytes", Long.toString(extent.end()));
    values.put("followed", followed ? "yes" : "no");
    if (checksum) {
      values.put("file", Long.toHexString(checksum(extent.end())));
    }
    this.extent = extent;
    new Note(values).write(folder.resolve(END), false);
  }

  /** Whether the file is to the byte what it was when the note was written. */
  boolean isAsIn(Note end) throws IOException {
    String checksum = end.text("file");
    return !checksum.isEmpty()
        && Files.size(file()) == length(end)
        && Long.toHexString(checksum(length(end))).equals(checksum);
  }

  private long checksum(long length) throws IOException {
    byte[] bytes = Disk.read(file(), (int) length);
    var crc = new CRC32C();
    crc.update(bytes == null ? new byte[0] : bytes);
    return crc.getValue();
  }

  /** What stands in the way of appending again. */
  void forgetEnd() throws IOException {
    Files.deleteIfExists(folder.resolve(METADATA));
    Files.deleteIfExists(folder.resolve(END));
    extent = null;
  }

  /** Chronicle's own beside the file, which nobody needs once it is closed. */
  void forgetMetadata() throws IOException {
    Files.deleteIfExists(folder.resolve(METADATA));
  }

  /** The file first: without it there is no segment. */
  void delete() throws IOException {
    Files.deleteIfExists(file());
    Disk.delete(folder);
  }
}
