package io.emque.store.chronicle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A small file of lines {@code key value}, the last of them a checksum: it is there as it was
 * written, or not at all. Values hold no line breaks.
 */
record Note(Map<String, String> values) {
  private static final int MOST_BYTES = 1 << 16;
  private static final String CHECKSUM = "crc32c ";

  /** Null when it is missing or damaged. */
  static @Nullable Note read(Path file) throws IOException {
    byte[] bytes = Disk.read(file, MOST_BYTES);
    if (bytes == null) {
      return null;
    }
    String text = new String(bytes, UTF_8);
    int end = text.lastIndexOf(CHECKSUM);
    if (end < 0 || !text.substring(end).equals(CHECKSUM + checksum(text.substring(0, end)))) {
      return null;
    }
    var values = new TreeMap<String, String>();
    text.substring(0, end)
        .lines()
        .forEach(
            line -> {
              int space = line.indexOf(' ');
              values.put(line.substring(0, Math.max(0, space)), line.substring(space + 1));
            });
    return new Note(values);
  }

  /**
   * Replaces the file as a whole.
   *
   * @param durable whether it must survive the machine, and not the process alone
   */
  void write(Path file, boolean durable) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try (var out = new FileOutputStream(part.toFile())) {
      out.write(bytes());
      if (durable) {
        out.getFD().sync();
      }
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    if (durable) {
      Disk.force(requireNonNull(file.toAbsolutePath().getParent()));
    }
  }

  /**
   * Replaces the file, and on a full disk overwrites it: a crash in the midst of that leaves none.
   */
  void writeAnyhow(Path file) throws IOException {
    try {
      write(file, true);
    } catch (IOException e) {
      try (var open = new RandomAccessFile(file.toFile(), "rw")) {
        byte[] bytes = bytes();
        open.write(bytes);
        open.setLength(bytes.length);
        open.getFD().sync();
      } catch (IOException e2) {
        e.addSuppressed(e2);
        throw e;
      }
    }
  }

  private byte[] bytes() {
    var text = new StringBuilder();
    values.forEach((key, value) -> text.append(key).append(' ').append(value).append('\n'));
    String end = CHECKSUM + checksum(text.toString());
    return text.append(end).toString().getBytes(UTF_8);
  }

  String text(String key) {
    return values.getOrDefault(key, "");
  }

  /** {@code otherwise} when it is no number. */
  long number(String key, long otherwise) {
    try {
      return Long.parseLong(text(key));
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  private static String checksum(String text) {
    var crc = new CRC32C();
    crc.update(text.getBytes(UTF_8));
    return Long.toHexString(crc.getValue()) + "\n";
  }
}
