package io.emque.store.chronicle;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.spi.StoreFullException;
import io.emque.api.spi.StoredLog;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A topic's segments, the newest of which is appended to while its writer is open.
 *
 * <p><b>Offsets</b> are given once. The file {@code log} holds a ceiling, on the disk before an
 * offset at or above it is given. Where it cannot be known how far a log went, because the machine
 * stopped (the folder then has another generation than the log) or the newest segment is damaged,
 * the next offset is the ceiling.
 *
 * <p><b>A file is gone on with</b> only when it is small and to the byte what it was when it was
 * closed; otherwise the next record begins a new segment. So Chronicle never meets what a killed
 * process or a bad disk has left.
 */
final class ChronicleLog implements StoredLog {
  /*
   * view  all that readers need, replaced as a whole by whoever holds the lock, after the bytes it
   *       speaks of were written. Readers take no lock; a segment that was removed under them is
   *       read on, or they go on behind it.
   */
  private static final System.Logger LOG = System.getLogger(ChronicleLog.class.getName());
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final AtomicLong USES = new AtomicLong();
  private static final String FILE = "log";

  /** Offsets that are free to be given without a word to the disk. */
  private static final long RESERVED = 1_000_000;

  /** Files up to this size are checked to be gone on with. */
  private static final long MOST_REOPENED = 4 << 20;

  /** Records are written by documents of about this size. */
  private static final long DOCUMENT = 64 << 10;

  private final ChronicleTopics topics;
  private final String topic;
  private final Path folder;
  private final String epoch;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile View view;
  private volatile long lastUsed;
  private volatile boolean namesChanged = true;
  private volatile boolean closed;

  // guarded by lock
  private long ceiling;

  /** No offset below is given again, whatever is found in the files. */
  private long floor;

  private @Nullable SegmentWriter writer;

  /** The newest segment, when it may be gone on with; else the next record begins another. */
  private @Nullable SegmentFile reusable;

  /** Its note does not say yet that another segment has come after it. */
  private @Nullable SegmentFile unfollowed;

  /**
   * What readers see.
   *
   * @param segments those that hold records, the oldest first
   * @param next one past the newest offset
   * @param timeNanos of the newest record
   * @param end one past the last byte of the newest segment
   */
  private record View(List<SegmentFile> segments, long next, long timeNanos, long end) {
    /** Offsets from here on are not in segment {@code i}. */
    long upper(int i) {
      return i + 1 < segments.size() ? segments.get(i + 1).firstOffset() : next;
    }

    /** Bytes of segment {@code i} that hold records, at most. */
    long limit(int i) {
      return i + 1 < segments.size() ? Long.MAX_VALUE : end;
    }

    /** The last segment that begins at or before an offset; 0 when all begin behind it. */
    int find(long offset) {
      int low = 0;
      int high = segments.size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (segments.get(middle).firstOffset() <= offset) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return Math.max(0, low - 1);
    }
  }

  /** Writes what makes a folder a log. */
  static void begin(Path folder, String epoch, String generation) throws IOException {
    // Should it get lost with the machine, the log begins a new epoch: no offset is given twice.
    note(epoch, generation, 0, 0).write(folder.resolve(FILE), false);
  }

  private static Note note(String epoch, String generation, long floor, long ceiling) {
    return new Note(
        Map.of(
            "epoch",
            epoch,
            "generation",
            generation,
            "floor",
            Long.toString(floor),
            "ceiling",
            Long.toString(ceiling)));
  }

  /**
   * @param newEpoch for the case that the log has lost its own
   */
  ChronicleLog(ChronicleTopics topics, String topic, Path folder, String newEpoch)
      throws IOException {
    this.topics = topics;
    this.topic = topic;
    this.folder = folder;
    Note note = Note.read(folder.resolve(FILE));
    if (note == null) {
      LOG.log(
          WARNING,
          () ->
              folder.resolve(FILE)
                  + " is missing or damaged: topic \""
                  + topic
                  + "\" goes on with its messages under a new epoch");
    }
    this.epoch = note == null ? newEpoch : note.text("epoch");
    this.ceiling = note == null ? 0 : note.number("ceiling", 0);
    boolean sure = note != null && note.text("generation").equals(topics.generation());
    this.floor = note == null ? 0 : note.number("floor", 0);
    this.view = recover(sure);
    if (!sure || (view.next() > floor && isBehindHole(view))) {
      floor = view.next();
      try {
        raiseCeiling(floor);
      } catch (StoreFullException e) {
        // It can be read all the same, and is tried again before an offset is given.
        LOG.log(WARNING, e.getMessage());
      }
    }
    if (!topics.wasClosedCleanly()) {
      view.segments().forEach(SegmentFile::written);
    }
  }

  /** Finds out how far the log goes. */
  private View recover(boolean sure) throws IOException {
    List<SegmentFile> segments = list();
    boolean known = sure;
    while (!segments.isEmpty()) {
      SegmentFile newest = segments.getLast();
      Note end = sure ? newest.end() : null;
      SegmentFile.Extent extent;
      if (end != null) {
        extent = newest.extent(Long.MAX_VALUE);
        if (SegmentFile.isFollowed(end)) {
          known = false; // the segment that followed is missing
        }
      } else {
        var tail = Tail.of(newest);
        extent = tail.extent();
        known &= tail.isWhole();
        if (extent.next() == newest.firstOffset()) {
          // A segment that was begun, and the process killed before its first record.
          segments.removeLast();
          if (tail.isWhole()) {
            newest.delete();
          }
          continue;
        }
        try {
          newest.end(extent, false, false);
        } catch (IOException e) {
          LOG.log(WARNING, () -> "cannot note the end of " + newest.file(), e);
        }
      }
      unfollowed = newest;
      long next = Math.max(extent.next(), known ? floor : ceiling);
      reusable = end != null && next == extent.next() ? newest : null;
      return new View(List.copyOf(segments), next, extent.timeNanos(), extent.end());
    }
    return new View(List.of(), ceiling, Long.MIN_VALUE, 0);
  }

  /** Whether offsets before the next one were left out. */
  private static boolean isBehindHole(View view) throws IOException {
    return view.segments().isEmpty()
        || view.segments().getLast().extent(view.next()).next() < view.next();
  }

  private List<SegmentFile> list() throws IOException {
    var segments = new ArrayList<SegmentFile>();
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        SegmentFile segment = SegmentFile.of(topic, entry, topics.damagedRecords());
        if (segment != null && segment.isThere()) {
          segments.add(segment);
        }
      }
    }
    segments.sort(Comparator.comparingLong(SegmentFile::firstOffset));
    return segments;
  }

  @Override
  public String epoch() {
    return epoch;
  }

  @Override
  public long firstOffset() {
    View now = view;
    return now.segments().isEmpty() ? now.next() : now.segments().getFirst().firstOffset();
  }

  @Override
  public long nextOffset() {
    return view.next();
  }

  @Override
  public long lastTimeNanos() {
    return view.timeNanos();
  }

  boolean isClosed() {
    return closed;
  }

  long lastUsed() {
    return lastUsed;
  }

  @Override
  public void append(Records records) throws IOException {
    boolean interrupted = Thread.interrupted(); // it would close Chronicle's files
    lock.lock();
    try {
      requireOpen();
      lastUsed = USES.incrementAndGet();
      int count = records.count();
      boolean failed = false;
      for (int i = 0; i < count; ) {
        raiseCeilingFor(count - i);
        try {
          i += appendDocument(records, i);
          failed = false;
        } catch (RuntimeException | Error | IOException e) {
          if (e instanceof StackOverflowError || e instanceof OutOfMemoryError) {
            giveUpWriter();
            throw (Error) e;
          }
          IOException failure = Disk.failure("append to", folder, e);
          boolean full = failure instanceof StoreFullException;
          if (!(full && e instanceof IOException)) {
            giveUpWriter(); // who knows what state Chronicle is in
          }
          if (full || failed) {
            throw failure;
          }
          LOG.log(WARNING, () -> "cannot append to " + folder + ", and try again in a new file", e);
          failed = true;
        }
      }
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the log of topic \"" + topic + "\" is closed: " + folder);
    }
  }

  private void raiseCeilingFor(int count) throws IOException {
    long needed = view.next() + count;
    if (needed > ceiling) {
      raiseCeiling(needed);
    }
  }

  private void raiseCeiling(long needed) throws IOException {
    long raised = needed + RESERVED;
    try {
      note(epoch, topics.generation(), floor, raised).write(folder.resolve(FILE), true);
    } catch (IOException e) {
      throw Disk.failure("write", folder.resolve(FILE), e);
    }
    ceiling = raised;
  }

  /** Appends what fits into a document, at least one record; how many. */
  private int appendDocument(Records records, int first) throws IOException {
    SegmentWriter to = writer;
    long bytes = SegmentWriter.size(records, first);
    if (to == null || to.isFull(topics.options().segmentBytes()) || bytes > to.mostDocument()) {
      to = nextWriter(bytes);
    }
    int count = 1;
    for (; first + count < records.count(); count++) {
      long more = SegmentWriter.size(records, first + count);
      if (bytes + more > DOCUMENT || to.end() + bytes >= topics.options().segmentBytes()) {
        break;
      }
      bytes += more;
    }
    long offset = view.next();
    to.write(records, first, count, offset, bytes);
    publish(to, offset + count, records.timeNanos(first + count - 1));
    return count;
  }

  private void publish(SegmentWriter from, long next, long timeNanos) {
    View old = view;
    List<SegmentFile> segments = old.segments();
    if (segments.isEmpty() || segments.getLast() != from.segment()) {
      var more = new ArrayList<>(segments);
      more.add(from.segment());
      segments = List.copyOf(more);
      sayFollowed();
    }
    view = new View(segments, next, timeNanos, from.end());
  }

  /** Once a segment holds a record, the one before it can tell that it is missing. */
  private void sayFollowed() {
    SegmentFile before = unfollowed;
    unfollowed = null;
    if (before != null) {
      try {
        before.end(before.extent(view.next()), true, false);
      } catch (IOException e) {
        LOG.log(WARNING, () -> "cannot note the end of " + before.file(), e);
      }
    }
  }

  private SegmentWriter nextWriter(long document) throws IOException {
    closeWriter();
    topics.beforeWriting(this);
    SegmentWriter next = null;
    try {
      next = goOn(document);
      if (next == null) {
        var segment =
            new SegmentFile(topic, folder, view.next(), RANDOM.nextLong(), topics.damagedRecords());
        try {
          next = new SegmentWriter(segment, 0, document);
        } catch (IOException | RuntimeException | Error e) {
          segment.delete();
          throw e;
        }
        namesChanged = true;
      }
    } finally {
      if (next == null) {
        topics.afterWriting(this);
      }
    }
    writer = next;
    return next;
  }

  /** Goes on with the newest segment; null when it must not. */
  private @Nullable SegmentWriter goOn(long document) throws IOException {
    SegmentFile segment = reusable;
    reusable = null;
    if (segment == null || document > DOCUMENT) {
      return null;
    }
    Note end = segment.end();
    if (end == null || !segment.isAsIn(end)) {
      return null;
    }
    SegmentFile.Extent extent = segment.extent(Long.MAX_VALUE);
    segment.scan(view.next()); // for the positions of its records
    segment.forgetEnd();
    try {
      var next = new SegmentWriter(segment, extent.end(), document);
      unfollowed = null;
      return next;
    } catch (IOException | RuntimeException e) {
      LOG.log(WARNING, () -> "cannot go on with " + segment.file() + ", and begin another", e);
      segment.end(extent, false, false);
      return null;
    }
  }

  /** Ends the newest segment, so that it may be gone on with; nothing when it is not open. */
  private void closeWriter() throws IOException {
    SegmentWriter open = writer;
    if (open == null) {
      return;
    }
    writer = null;
    try {
      long length = open.close();
      SegmentFile segment = open.segment();
      View now = view;
      if (now.segments().isEmpty() || now.segments().getLast() != segment) {
        segment.delete();
        return;
      }
      boolean small = length < Math.min(MOST_REOPENED, topics.options().segmentBytes());
      segment.end(new SegmentFile.Extent(now.next(), now.timeNanos(), length), false, small);
      segment.forgetMetadata();
      reusable = small ? segment : null;
      unfollowed = segment;
    } catch (RuntimeException | Error e) {
      throw Disk.failure("close", open.segment().file(), e);
    } finally {
      topics.afterWriting(this);
    }
  }

  /** Lets go of a writer that has failed, and cuts off what was not published. */
  private void giveUpWriter() {
    SegmentWriter open = writer;
    if (open == null) {
      return;
    }
    writer = null;
    open.release();
    topics.afterWriting(this);
    SegmentFile segment = open.segment();
    View now = view;
    try {
      if (now.segments().isEmpty() || now.segments().getLast() != segment) {
        segment.delete();
      } else {
        Disk.truncate(segment.file(), now.end());
        segment.end(new SegmentFile.Extent(now.next(), now.timeNanos(), now.end()), false, false);
        unfollowed = segment;
      }
    } catch (IOException e) {
      LOG.log(WARNING, () -> "cannot end " + segment.file(), e);
    }
  }

  /** Lets go of the files of its writer, unless it is busy. */
  void tryRest() {
    if (lock.tryLock()) {
      try {
        closeWriter();
      } catch (IOException e) {
        LOG.log(WARNING, () -> "cannot close the file of topic \"" + topic + "\"", e);
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public long read(long from, int maxBytes, Sink sink) throws IOException {
    requireOpen();
    View now = view;
    if (from >= now.next()) {
      return from;
    }
    long offset = Math.max(0, from);
    long bytes = 0;
    for (int i = now.find(offset); i < now.segments().size(); i++) {
      SegmentFile segment = now.segments().get(i);
      try (var reader = segment.read(segment.positions().at(offset), now.upper(i), now.limit(i))) {
        while (reader.next()) {
          segment.found(reader);
          if (reader.offset() < offset) {
            continue;
          }
          offset = reader.offset() + 1;
          bytes += reader.payloadLength();
          sink.record(
              reader.offset(),
              reader.timeNanos(),
              reader.id(),
              reader.headers(),
              reader.array(),
              reader.payloadStart(),
              reader.payloadLength());
          if (bytes >= maxBytes) {
            return offset;
          }
        }
        offset = Math.max(offset, missedAtTheEnd(segment, reader, now, i));
      } catch (FileNotFoundException e) {
        missing(segment, now, i);
      } catch (IOException e) {
        throw Disk.failure("read", segment.file(), e);
      }
    }
    return now.next();
  }

  /** Says what is missing at a segment's end; one past its last offset. */
  private long missedAtTheEnd(SegmentFile segment, RecordReader reader, View now, int i)
      throws IOException {
    boolean known = i + 1 < now.segments().size() || segment.isEnded();
    // It may have grown since the view was taken, or end before a hole.
    long next = Math.min(now.upper(i), known ? segment.extent(now.upper(i)).next() : now.next());
    if (reader.expected() < next) {
      segment.damaged(reader.expected(), next);
    }
    return next;
  }

  /** A segment's file is gone: it was removed while it was to be read, or has got lost. */
  private void missing(SegmentFile segment, View now, int i) {
    if (view.segments().contains(segment) && !closed) {
      segment.damaged(segment.firstOffset(), now.upper(i));
    }
  }

  @Override
  public long offsetAt(long timeNanos) throws IOException {
    requireOpen();
    View now = view;
    if (timeNanos > now.timeNanos()) {
      return now.next();
    }
    int low = 0; // the first segment whose last record is not older
    int high = now.segments().size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (extent(now, middle).timeNanos() < timeNanos) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    for (int i = low; i < now.segments().size(); i++) {
      SegmentFile segment = now.segments().get(i);
      try (var reader =
          segment.read(segment.positions().before(timeNanos), now.upper(i), now.limit(i))) {
        while (reader.next()) {
          segment.found(reader);
          if (reader.timeNanos() >= timeNanos) {
            return reader.offset();
          }
        }
      } catch (FileNotFoundException e) {
        missing(segment, now, i);
      } catch (IOException e) {
        throw Disk.failure("read", segment.file(), e);
      }
    }
    return now.next();
  }

  private static SegmentFile.Extent extent(View now, int i) throws IOException {
    SegmentFile segment = now.segments().get(i);
    if (i + 1 == now.segments().size()) {
      return new SegmentFile.Extent(now.next(), now.timeNanos(), now.end());
    }
    try {
      return segment.extent(now.upper(i));
    } catch (FileNotFoundException e) {
      return new SegmentFile.Extent(now.upper(i), Long.MIN_VALUE, 0);
    } catch (IOException e) {
      throw Disk.failure("read", segment.file(), e);
    }
  }

  @Override
  public void force() throws IOException {
    boolean names = namesChanged;
    namesChanged = false;
    try {
      for (SegmentFile segment : view.segments()) {
        if (segment.isDirty()) {
          segment.force();
          if (names) {
            Disk.force(segment.folder());
          }
        }
      }
      if (names) {
        Disk.force(folder);
        topics.forceNames();
        names = false;
      }
    } catch (IOException e) {
      throw Disk.failure("force", folder, e);
    } finally {
      namesChanged |= names;
    }
  }

  /** What its segments take on disk. */
  long bytes() throws IOException {
    View now = view;
    long bytes = 0;
    for (int i = 0; i < now.segments().size(); i++) {
      bytes += i + 1 < now.segments().size() ? now.segments().get(i).bytes() : now.end();
    }
    return bytes;
  }

  @Override
  public List<Segment> segments() throws IOException {
    requireOpen();
    View now = view;
    var all = new ArrayList<Segment>();
    for (int i = 0; i < now.segments().size(); i++) {
      var extent = extent(now, i);
      all.add(
          new Segment(
              now.segments().get(i).firstOffset(),
              extent.next(),
              extent.end(),
              extent.timeNanos()));
    }
    return all;
  }

  @Override
  public void truncateBefore(long offset) throws IOException {
    lock.lock();
    try {
      requireOpen();
      List<SegmentFile> left = view.segments();
      while (left.size() > 1 && left.get(1).firstOffset() <= offset) {
        SegmentFile oldest = left.getFirst();
        left = List.copyOf(left.subList(1, left.size()));
        view = new View(left, view.next(), view.timeNanos(), view.end());
        oldest.delete();
      }
    } catch (IOException e) {
      throw Disk.failure("remove from", folder, e);
    } finally {
      lock.unlock();
    }
  }

  /** Lets go of all files, which are about to be removed. */
  void abandon() {
    lock.lock();
    try {
      closed = true;
      SegmentWriter open = writer;
      writer = null;
      if (open != null) {
        open.release();
        topics.afterWriting(this);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      try {
        closeWriter();
        force();
      } finally {
        closed = true;
      }
    } finally {
      lock.unlock();
    }
  }
}
