package org.example.files;

import io.emque.api.spi.StoreFullException;
import io.emque.api.spi.StoredLog;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One topic's records, in files called by the first offset in them. No file stays open: what is
 * written is in the operating system's hands, and survives the process.
 */
final class FilesLog implements StoredLog {
  /** Offsets left out where records may have been lost that somebody has seen. */
  private static final long HOLE = 1_000_000;

  /** A file, as far as it is whole. Replaced, not changed: readers keep the one they took. */
  private record Part(Path file, long first, long next, long bytes, long lastTime) {
    Part(Path file, long first) {
      this(file, first, first, 0, Long.MIN_VALUE);
    }
  }

  private final Path folder;
  private final long partBytes;
  private final String epoch;

  // Guarded by this, as is all that follows.
  private final TreeMap<Long, Part> parts = new TreeMap<>();
  private final Set<Path> unforced = new HashSet<>();
  private boolean closed;

  /**
   * Opens it, and begins it where there is none.
   *
   * @param sure whether all that readers may have seen is still there
   */
  FilesLog(Path folder, long partBytes, boolean sure) throws IOException {
    this.folder = folder;
    this.partBytes = partBytes;
    this.epoch = Files.readString(folder.resolve("epoch"));
    boolean whole = true; // the newest file
    for (Path file : files(folder)) {
      Part part = new Part(file, Long.parseLong(file.getFileName().toString().split("\\.")[0]));
      try (var records = new FileRecords(file, Files.size(file))) {
        while (records.next()) {
          part = with(part, records);
        }
        whole = records.isWhole();
      }
      parts.put(part.first(), part);
    }
    if (parts.isEmpty()) {
      begin(0);
    } else if (!whole || !sure) {
      // What is torn or damaged stays where it is; its offsets are not given again.
      begin(nextOffset() + HOLE);
    }
  }

  /** The oldest first. */
  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    }
  }

  private static Part with(Part part, FileRecords last) {
    return new Part(part.file(), part.first(), last.offset() + 1, last.end(), last.timeNanos());
  }

  private void begin(long first) throws IOException {
    Path file = folder.resolve("%020d.log".formatted(first));
    Files.createFile(file);
    parts.put(first, new Part(file, first));
    unforced.add(file);
  }

  @Override
  public String epoch() {
    return epoch;
  }

  @Override
  public synchronized long firstOffset() {
    List<Segment> segments = segments();
    return segments.isEmpty() ? nextOffset() : segments.getFirst().firstOffset();
  }

  @Override
  public synchronized long nextOffset() {
    return parts.lastEntry().getValue().next();
  }

  @Override
  public synchronized long lastTimeNanos() {
    return parts.values().stream().mapToLong(Part::lastTime).max().orElse(Long.MIN_VALUE);
  }

  @Override
  public synchronized void append(Records records) throws IOException {
    if (closed) {
      throw new IOException("the log in " + folder + " is closed");
    }
    for (int at = 0; at < records.count(); ) {
      Part part = parts.lastEntry().getValue();
      if (part.bytes() >= partBytes) {
        begin(part.next());
        part = parts.lastEntry().getValue();
      }
      at = append(part, records, at);
    }
  }

  /** As many as fit: all of them or none. Returns where to go on. */
  private int append(Part part, Records records, int from) throws IOException {
    var bytes = new FileBytes();
    int at = from;
    while (at < records.count() && (at == from || part.bytes() + bytes.size() < partBytes)) {
      bytes.put(part.next() + at - from, records, at);
      at++;
    }
    try (var file = new RandomAccessFile(part.file().toFile(), "rw")) {
      file.seek(part.bytes()); // over what an append that failed has left
      file.write(bytes.array(), 0, bytes.size());
      file.setLength(part.bytes() + bytes.size());
    } catch (IOException e) {
      String reason = "cannot write " + part.file() + ": " + e.getMessage();
      boolean full = folder.toFile().getUsableSpace() < bytes.size();
      throw full ? new StoreFullException(reason, e) : new IOException(reason, e);
    }
    long next = part.next() + at - from;
    long end = part.bytes() + bytes.size();
    parts.put(
        part.first(),
        new Part(part.file(), part.first(), next, end, records.timeNanos(at - 1)));
    unforced.add(part.file());
    return at;
  }

  @Override
  public long read(long from, int maxBytes, Sink sink) throws IOException {
    List<Part> now = parts();
    long next = from;
    int taken = 0;
    for (Part part : now) {
      if (part.next() <= next) {
        continue;
      }
      try (var records = new FileRecords(part.file(), part.bytes())) {
        while (records.next()) {
          if (records.offset() >= next) {
            taken += records.give(sink);
            next = records.offset() + 1;
            if (taken >= maxBytes) {
              return next;
            }
          }
        }
      } catch (FileNotFoundException e) {
        // Removed meanwhile: reading goes on behind it.
      }
    }
    return Math.max(next, now.getLast().next()); // over a hole at the end
  }

  @Override
  public long offsetAt(long timeNanos) throws IOException {
    List<Part> now = parts();
    for (Part part : now) {
      if (part.lastTime() >= timeNanos && part.next() > part.first()) {
        try (var records = new FileRecords(part.file(), part.bytes())) {
          while (records.next()) {
            if (records.timeNanos() >= timeNanos) {
              return records.offset();
            }
          }
        } catch (FileNotFoundException e) {
          // Removed meanwhile.
        }
      }
    }
    return now.getLast().next();
  }

  private synchronized List<Part> parts() {
    return new ArrayList<>(parts.values());
  }

  @Override
  public void force() throws IOException {
    List<Path> files;
    synchronized (this) {
      files = List.copyOf(unforced);
      unforced.clear();
    }
    for (Path file : files) {
      try (var in = new FileInputStream(file.toFile())) {
        in.getFD().sync();
      } catch (FileNotFoundException e) {
        // Removed meanwhile.
      } catch (IOException e) {
        synchronized (this) {
          unforced.addAll(files);
        }
        throw new IOException("cannot force " + file + ": " + e.getMessage(), e);
      }
    }
  }

  @Override
  public synchronized List<Segment> segments() {
    return parts.values().stream()
        .filter(part -> part.next() > part.first())
        .map(part -> new Segment(part.first(), part.next(), part.bytes(), part.lastTime()))
        .toList();
  }

  @Override
  public synchronized void truncateBefore(long offset) throws IOException {
    while (parts.size() > 1 && parts.firstEntry().getValue().next() <= offset) {
      Path file = parts.pollFirstEntry().getValue().file();
      unforced.remove(file);
      Files.deleteIfExists(file);
    }
  }

  synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
    }
    force();
  }
}
