package io.emque.store.chronicle;

import static java.lang.System.Logger.Level.WARNING;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.spi.Store.Options;
import io.emque.api.spi.StoredLog;
import io.emque.api.spi.StoredTopics;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The topics in a folder: a folder for each. */
final class ChronicleTopics implements StoredTopics {
  private static final System.Logger LOG = System.getLogger(ChronicleTopics.class.getName());
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final int MOST_NAME = 4 << 10;

  /** What is made or removed goes by such a name, and is no topic. */
  private static final String TEMPORARY = "x-";

  private static final String NAME = "name";

  private final Options options;
  private final FolderLock folderLock;
  private final Path topics;
  private final Path stateFile;
  private final String boot;

  /** Another after each stop that may have cost records; see {@link ChronicleLog}. */
  private final String generation;

  private final ConcurrentHashMap<String, Place> places = new ConcurrentHashMap<>();
  private final Set<String> names = ConcurrentHashMap.newKeySet();
  private final Set<ChronicleLog> writing = ConcurrentHashMap.newKeySet();
  private final LongAdder damagedRecords = new LongAdder();
  private volatile boolean closed;

  /** Else the system may hold bytes that nobody has forced. */
  private boolean closedCleanly;

  ChronicleTopics(Options options) throws IOException {
    this.options = options;
    Path folder = options.folder();
    this.topics = folder.resolve("topics");
    this.stateFile = folder.resolve("state");
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw Disk.failure("make the folder", folder, e);
    }
    this.folderLock = new FolderLock(folder);
    boolean opened = false;
    try {
      Files.createDirectories(topics);
      boot = boot();
      generation = oldOrNewGeneration();
      state(false);
      list();
      opened = true;
    } catch (IOException e) {
      throw Disk.failure("open the folder", folder, e);
    } finally {
      if (!opened) {
        folderLock.close();
      }
    }
  }

  /** Names what lasts until the machine stops; blank when the system does not say. */
  private static String boot() throws IOException {
    byte[] id = Files.isReadable(BOOT_ID) ? Files.readAllBytes(BOOT_ID) : new byte[0];
    return new String(id, UTF_8).strip();
  }

  private String oldOrNewGeneration() throws IOException {
    Note state = Note.read(stateFile);
    closedCleanly = state != null && state.text("closed").equals("yes");
    if (state != null) {
      boolean sameBoot = !boot.isEmpty() && state.text("boot").equals(boot);
      if (sameBoot || closedCleanly) {
        return state.text("generation");
      }
      LOG.log(
          WARNING,
          () ->
              "the machine stopped while "
                  + options.folder()
                  + " was in use: what it had not written yet is lost, and offsets of topics go on"
                  + " behind a hole");
    }
    return UUID.randomUUID().toString();
  }

  private void state(boolean clean) throws IOException {
    new Note(Map.of("boot", boot, "generation", generation, "closed", clean ? "yes" : "no"))
        .writeAnyhow(stateFile);
  }

  private void list() throws IOException {
    List<Path> leftovers = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(topics)) {
      for (Path entry : entries) {
        String folder = entry.getFileName().toString();
        String topic = TopicNames.isHashed(folder) ? nameIn(entry) : TopicNames.topic(folder);
        if (topic != null && TopicNames.folder(topic).equals(folder)) {
          names.add(topic);
        } else if (folder.startsWith(TEMPORARY)) {
          leftovers.add(entry);
        } else {
          LOG.log(WARNING, () -> entry + " is no topic, and is left alone");
        }
      }
    }
    for (Path leftover : leftovers) {
      Disk.delete(leftover);
    }
  }

  private static @Nullable String nameIn(Path folder) throws IOException {
    byte[] name = Disk.read(folder.resolve(NAME), MOST_NAME);
    return name == null ? null : new String(name, UTF_8);
  }

  @Override
  public Set<String> names() {
    return new HashSet<>(names);
  }

  /**
   * Where the log of a topic is while it is open. Its lock is held while it is opened or removed,
   * which may take long: nobody waits for another topic.
   */
  private static final class Place {
    final ReentrantLock lock = new ReentrantLock();
    volatile @Nullable ChronicleLog log; // written under the lock
    boolean removed; // guarded by lock; look for the place again
  }

  @Override
  public StoredLog open(String topic, String epoch) throws IOException {
    String name = TopicNames.folder(topic);
    while (true) {
      Place place = places.computeIfAbsent(topic, none -> new Place());
      place.lock.lock();
      try {
        if (!place.removed) {
          return open(topic, topics.resolve(name), epoch, place);
        }
      } finally {
        place.lock.unlock();
      }
    }
  }

  private StoredLog open(String topic, Path folder, String epoch, Place place) throws IOException {
    if (closed) {
      throw new IOException("the folder " + options.folder() + " is closed");
    }
    ChronicleLog log = place.log;
    if (log != null && !log.isClosed()) {
      return log;
    }
    try {
      if (!Files.isDirectory(folder)) {
        make(folder, topic, epoch);
      } else if (!names.contains(topic) && TopicNames.isHashed(TopicNames.folder(topic))) {
        name(folder, topic); // it had got lost: nobody else has a folder of this name
      }
      log = new ChronicleLog(this, topic, folder, epoch);
    } catch (IOException e) {
      throw Disk.failure("open", folder, e);
    }
    names.add(topic);
    place.log = log;
    return log;
  }

  /** A folder that is there is whole. */
  private void make(Path folder, String topic, String epoch) throws IOException {
    Path part = temporary();
    Files.createDirectory(part);
    try {
      if (TopicNames.isHashed(folder.getFileName().toString())) {
        name(part, topic);
      }
      ChronicleLog.begin(part, epoch, generation);
      Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Disk.delete(part);
      throw e;
    }
  }

  private static void name(Path folder, String topic) throws IOException {
    try (var out = new FileOutputStream(folder.resolve(NAME).toFile())) {
      out.write(topic.getBytes(UTF_8));
      out.getFD().sync();
    }
  }

  private Path temporary() {
    return topics.resolve(TEMPORARY + UUID.randomUUID());
  }

  @Override
  public void delete(String topic) throws IOException {
    Path folder = topics.resolve(TopicNames.folder(topic));
    Path part = temporary();
    Place place = places.computeIfAbsent(topic, none -> new Place());
    place.lock.lock();
    try {
      ChronicleLog log = place.log;
      if (log != null) {
        log.abandon();
      }
      if (Files.isDirectory(folder)) {
        Files.move(folder, part, StandardCopyOption.ATOMIC_MOVE); // from here on it is gone
      }
      names.remove(topic);
      place.removed = true;
      places.remove(topic, place);
      Disk.force(topics);
      Disk.delete(part);
    } catch (IOException e) {
      throw Disk.failure("delete", folder, e);
    } finally {
      place.lock.unlock();
    }
  }

  @Override
  public long usableBytes() {
    try {
      return Files.getFileStore(topics).getUsableSpace();
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }

  @Override
  public Use use() throws IOException {
    long bytes = 0;
    for (String topic : names) {
      Place place = places.get(topic);
      ChronicleLog log = place == null ? null : place.log;
      try {
        bytes += log == null ? bytes(topic) : log.bytes();
      } catch (NoSuchFileException | FileNotFoundException e) {
        // it is being removed
      }
    }
    return new Use(bytes, writing.size(), damagedRecords.sum());
  }

  /** What a topic takes that was not opened yet. */
  private long bytes(String topic) throws IOException {
    long bytes = 0;
    try (var entries = Files.newDirectoryStream(topics.resolve(TopicNames.folder(topic)))) {
      for (Path entry : entries) {
        SegmentFile segment = SegmentFile.of(topic, entry, damagedRecords);
        bytes += segment == null || !segment.isThere() ? 0 : segment.bytes();
      }
    }
    return bytes;
  }

  LongAdder damagedRecords() {
    return damagedRecords;
  }

  Options options() {
    return options;
  }

  String generation() {
    return generation;
  }

  boolean wasClosedCleanly() {
    return closedCleanly;
  }

  /** Forces the names of topics to the disk. */
  void forceNames() throws IOException {
    Disk.force(topics);
    Disk.force(options.folder());
  }

  /**
   * A log is about to hold files open: those that have not been appended to for longest let go of
   * theirs, unless they are busy.
   */
  void beforeWriting(ChronicleLog log) {
    if (writing.size() >= options.maxOpenLogs()) {
      // Noted before they are sorted: they are used meanwhile.
      var idle = new ArrayList<Used>();
      writing.forEach(other -> idle.add(new Used(other, other.lastUsed())));
      idle.sort(Comparator.comparingLong(Used::at));
      for (Used other : idle) {
        if (writing.size() < options.maxOpenLogs()) {
          break;
        }
        if (other.log() != log) {
          other.log().tryRest();
        }
      }
    }
    writing.add(log);
  }

  private record Used(ChronicleLog log, long at) {}

  void afterWriting(ChronicleLog log) {
    writing.remove(log);
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    IOException failure = null;
    for (Place place : places.values()) {
      try {
        close(place);
      } catch (IOException e) {
        failure = e;
      }
    }
    try {
      if (failure == null) {
        state(true);
      } else {
        throw failure;
      }
    } finally {
      folderLock.close();
    }
  }

  private static void close(Place place) throws IOException {
    place.lock.lock(); // somebody may be opening it
    try {
      ChronicleLog log = place.log;
      if (log != null) {
        log.close();
      }
    } finally {
      place.lock.unlock();
    }
  }
}
