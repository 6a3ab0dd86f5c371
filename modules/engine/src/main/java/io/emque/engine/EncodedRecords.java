package io.emque.engine;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Records of one chunk in one {@link RecordFormat}: a run that begins where the first reader of it
 * stood, and grows by whoever wants more. Any thread whose reader holds the chunk.
 *
 * <p>It is a second copy of the newest messages, and counts as memory of the broker's as long as it
 * is there. Readers copy from it and keep nothing of it while they write, so that letting go of it
 * frees its memory at once, however many of them are stalled.
 */
final class EncodedRecords {
  /*
   * What `run` holds never changes: its arrays are longer than it says, and the encoder, one at a time under the lock,
   * writes behind that alone.
   */
  private static final int OBJECTS = 1024; // this object, its encoder, its slice
  private static final Run NOTHING = new Run(new byte[0], new int[1], 0);

  private final RecordFormat format;
  private final RecordEncoder encoder;
  private final @Nullable EncodedRecords next;
  private final Chunk chunk;
  private final int base;
  private final String epoch;
  private final Memory memory;
  private final Slice slice;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable Run run = NOTHING; // null: it was let go

  // Under the lock.
  private final Bytes bytes = new Bytes();
  private int[] ends = new int[1]; // of the records, the first one's start before them
  private int charged;

  /**
   * @param base the first record
   * @param next of the same chunk, in another format
   */
  EncodedRecords(
      RecordFormat format,
      Chunk chunk,
      int base,
      String topic,
      String epoch,
      Memory memory,
      @Nullable EncodedRecords next) {
    this.format = format;
    this.encoder = format.encoder();
    this.chunk = chunk;
    this.base = base;
    this.memory = memory;
    this.next = next;
    this.slice = new Slice(topic);
    this.epoch = epoch;
  }

  RecordFormat format() {
    return format;
  }

  @Nullable EncodedRecords next() {
    return next;
  }

  /**
   * Copies whole records, as {@link Slice#copyEncoded} says.
   *
   * @param record the first, counted in the chunk
   * @param records how many are wanted; they are published
   * @param reader is told how many bytes they have
   */
  int copy(int record, int records, byte[] to, int at, int end, Slice reader) {
    int from = record - base;
    Run now = run;
    if (from < 0 || now == null) {
      return Slice.NOT_SHARED;
    }
    if (now.count < from + records) {
      now = encodeTo(from + records);
      if (now == null || now.count <= from) {
        return Slice.NOT_SHARED;
      }
    }
    int upTo = now.upTo(from, Math.min(now.count, from + records), end - at);
    int start = now.ends[from];
    int length = now.ends[upTo] - start;
    System.arraycopy(now.bytes, start, to, at, length);
    reader.copied(length);
    return upTo - from;
  }

  /** What there is then; less than was wanted while somebody else encodes or memory is short. */
  private @Nullable Run encodeTo(int count) {
    if (!lock.tryLock()) {
      return run;
    }
    try {
      Run now = run;
      if (now == null || now.count >= count) {
        return now;
      }
      slice.set(chunk, epoch, base + now.count, count - now.count, null);
      if (!memory.fits(2L * (slice.to() - slice.from()))) {
        return now;
      }
      try {
        encode(now.count, count);
      } catch (Throwable e) {
        letGo(); // what the encoder has half done cannot be gone on with
        throw e;
      }
      slice.clear();
      charge(OBJECTS + bytes.capacity() + ends.length * Integer.BYTES);
      var more = new Run(bytes.array(), ends, count);
      run = more;
      return more;
    } finally {
      lock.unlock();
    }
  }

  private void encode(int from, int to) {
    if (ends.length <= to) {
      ends = Arrays.copyOf(ends, Math.max(to + 1, ends.length * 2));
    }
    for (int i = from; i < to; i++) {
      encoder.encode(slice, i - from, bytes);
      ends[i + 1] = bytes.size();
    }
  }

  private void charge(int total) {
    memory.charge(total - charged);
    charged = total;
  }

  /** Lets go of it, for good. */
  void end() {
    lock.lock();
    try {
      letGo();
    } finally {
      lock.unlock();
    }
  }

  private void letGo() {
    run = null;
    charge(0);
  }

  private static final class Run {
    final byte[] bytes;
    final int[] ends;
    final int count;

    Run(byte[] bytes, int[] ends, int count) {
      this.bytes = bytes;
      this.ends = ends;
      this.count = count;
    }

    /** The record behind the last of those before {@code to} that have room together. */
    int upTo(int from, int to, int room) {
      int place = Arrays.binarySearch(ends, from + 1, to + 1, ends[from] + room);
      return place >= 0 ? place : -place - 2;
    }
  }

  private static final class Bytes extends ByteArrayOutputStream {
    byte[] array() {
      return buf;
    }

    int capacity() {
      return buf.length;
    }
  }
}
