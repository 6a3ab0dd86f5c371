package org.example.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.spi.Store;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredTopics;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A folder of topics: {@code lock}, {@code closed} while nobody has it open, and a folder for each
 * topic, called by a digest of the topic's name, which says {@code name} inside.
 */
final class FilesTopics implements StoredTopics {
  /** A system's lock is a process's: to close a second descriptor would take it from the first. */
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private final Store.Options options;
  private final Path real;
  private final RandomAccessFile lock;
  private final boolean closedWell;
  private final Map<String, Path> folders = new HashMap<>();
  private final Map<String, FilesLog> logs = new HashMap<>();
  private boolean closed;

  FilesTopics(Store.Options options) throws IOException {
    this.options = options;
    try {
      Files.createDirectories(options.folder());
      real = options.folder().toRealPath();
      lock = lock(real);
    } catch (IOException e) {
      throw new IOException("cannot use the folder " + options.folder() + ": " + e.getMessage(), e);
    }
    boolean done = false;
    try {
      list();
      closedWell = Files.deleteIfExists(real.resolve("closed"));
      done = true;
    } finally {
      if (!done) {
        unlock();
      }
    }
  }

  private void list() throws IOException {
    try (var entries = Files.newDirectoryStream(options.folder(), "t-*")) {
      for (Path entry : entries) {
        if (Files.exists(entry.resolve("name"))) { // else it was begun, and the process killed
          folders.put(Files.readString(entry.resolve("name")), entry);
        }
      }
    }
  }

  /** Held until it is closed, or the process ends. */
  private static RandomAccessFile lock(Path folder) throws IOException {
    if (!OURS.add(folder)) {
      throw new IOException("process " + ProcessHandle.current().pid() + " has it open");
    }
    var file = new RandomAccessFile(folder.resolve("lock").toFile(), "rw");
    String holder = file.readLine();
    if (file.getChannel().tryLock() == null) {
      OURS.remove(folder);
      file.close();
      throw new IOException("process " + holder + " has it open");
    }
    file.setLength(0);
    file.writeBytes(ProcessHandle.current().pid() + "\n");
    return file;
  }

  private void unlock() throws IOException {
    lock.close();
    OURS.remove(real);
  }

  @Override
  public synchronized Set<String> names() {
    return new HashSet<>(folders.keySet());
  }

  @Override
  public synchronized StoredLog open(String topic, String epoch) throws IOException {
    requireOpen();
    FilesLog log = logs.get(topic);
    if (log == null || log.isClosed()) {
      Path folder = folders.get(topic);
      if (folder == null) {
        folder = begin(topic, epoch);
        folders.put(topic, folder);
      }
      boolean sure = closedWell || log != null; // that no record of it was lost
      log = new FilesLog(folder, options.segmentBytes(), sure);
      logs.put(topic, log);
    }
    return log;
  }

  /** Makes a topic's folder; the name comes last, and makes it count. */
  private Path begin(String topic, String epoch) throws IOException {
    Path folder = options.folder().resolve("t-" + digest(topic));
    remove(folder); // a process that was killed may have left something
    Files.createDirectory(folder);
    Files.writeString(folder.resolve("epoch"), epoch);
    Path part = Files.writeString(folder.resolve("name.part"), topic);
    Files.move(part, folder.resolve("name"), StandardCopyOption.ATOMIC_MOVE);
    return folder;
  }

  /** Any two names are kept apart by any file system, and none leads out of the folder. */
  private static String digest(String topic) {
    try {
      var bytes = UTF_8.newEncoder().encode(CharBuffer.wrap(topic));
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes);
      return HexFormat.of().formatHex(digest.digest());
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("half a character is no text", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public synchronized void delete(String topic) throws IOException {
    FilesLog log = logs.remove(topic);
    if (log != null) {
      log.close();
    }
    Path folder = folders.remove(topic);
    if (folder != null) {
      Files.deleteIfExists(folder.resolve("name"));
      remove(folder);
    }
  }

  private static void remove(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (var files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  @Override
  public long usableBytes() {
    return options.folder().toFile().getUsableSpace();
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      try {
        for (FilesLog log : logs.values()) {
          log.close();
        }
        Files.createFile(real.resolve("closed"));
      } finally {
        unlock();
      }
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the folder " + options.folder() + " is closed");
    }
  }
}
