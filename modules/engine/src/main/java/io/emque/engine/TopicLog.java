package io.emque.engine;

import io.emque.api.Gap;
import org.jspecify.annotations.Nullable;

/**
 * A topic's messages: a list of chunks, appended at its tail, dropped at its head, found by offset.
 *
 * <p>Methods that change it are called under the topic's lock; {@link #firstOffset}, {@link
 * #nextOffset} and {@link #find} by any thread without it.
 */
final class TopicLog {
  /*
   * Chunks stand in a ring of slots, slot = seq & (length - 1). Nothing links one chunk to the next, so a reader stuck on
   * an old chunk keeps that chunk alone alive.
   *
   *   append   chunk's records, chunk.published (release), slot, tailSeq (volatile), nextOffset (volatile)
   *   drop     firstOffset (volatile), headSeq (volatile), slot = null, chunk.drop()
   *   find     nextOffset, then firstOffset (the caller); ring, headSeq, tailSeq; a slot whose chunk is missing or has
   *            another seq means that the log moved meanwhile: look again. firstOffset was stored before the slot was
   *            cleared, so a second look sees that the offset has gone.
   *
   * firstOffset may lie inside the head chunk: retention by count and age is exact, memory goes chunk by chunk.
   */
  private static final int SMALLEST_CHUNK = 256;
  private static final int FEW = 8; // records that the first chunk of a topic is made for
  private static final int LARGEST_CHUNK = 64 * 1024;

  private final Memory memory;
  private final int largestChunk;
  private volatile @Nullable Chunk[] ring = new Chunk[1];
  private volatile long headSeq;
  private volatile long tailSeq;
  private volatile long firstOffset;
  private volatile long nextOffset;

  private @Nullable Chunk tail;
  private @Nullable Origin origin; // of the records to come
  private @Nullable Gap gapBefore; // the next one
  private boolean cut; // the next one begins a chunk
  private int nextChunkBytes = SMALLEST_CHUNK;
  private long bytes;
  private long lastTimeNanos;

  /**
   * @param firstOffset of the first record to come
   * @param lastTimeNanos times are not before it
   * @param memory charged for every chunk
   * @param retainBytes chunks are kept well below it, so that dropping one is a small step; 0 for
   *     no limit
   */
  TopicLog(long firstOffset, long lastTimeNanos, Memory memory, long retainBytes) {
    this.firstOffset = firstOffset;
    this.nextOffset = firstOffset;
    this.lastTimeNanos = lastTimeNanos;
    this.memory = memory;
    long share =
        retainBytes == 0 ? LARGEST_CHUNK : Long.highestOneBit(Math.max(1, retainBytes / 8));
    this.largestChunk = Math.clamp(share, SMALLEST_CHUNK, LARGEST_CHUNK);
  }

  /** The oldest offset kept; equals {@link #nextOffset} when none is. */
  long firstOffset() {
    return firstOffset;
  }

  /** One past the newest offset that readers may see. */
  long nextOffset() {
    return nextOffset;
  }

  /** Memory of its chunks. */
  long bytes() {
    return bytes;
  }

  /** When the newest record was appended; {@link Long#MIN_VALUE} before the first. */
  long lastTimeNanos() {
    return lastTimeNanos;
  }

  /**
   * Adds a record, not to be seen before {@link #publish}.
   *
   * @param timeNanos moved up to the newest record's time where it is older
   * @return its offset
   */
  long append(byte[] array, int offset, int length, long timeNanos, @Nullable Extras extra) {
    int frame = Chunk.frameLength(length);
    Chunk chunk = tail;
    if (chunk == null || cut || !chunk.hasRoom(frame)) {
      chunk = addChunk(frame);
    }
    int before = chunk.memoryBytes();
    lastTimeNanos = Math.max(lastTimeNanos, timeNanos);
    chunk.append(array, offset, length, lastTimeNanos, extra);
    charge(chunk.memoryBytes() - before);
    return chunk.end() - 1;
  }

  /**
   * The records from here on stand elsewhere in another server's log.
   *
   * @param gap what readers are told before the next record; null for nothing
   */
  void cut(@Nullable Origin newOrigin, @Nullable Gap gap) {
    origin = newOrigin;
    gapBefore = gap;
    cut = true;
  }

  /** Lets readers see what was appended. */
  void publish() {
    Chunk chunk = tail;
    if (chunk != null) {
      chunk.publish();
      nextOffset = chunk.end();
    }
  }

  private Chunk addChunk(int frame) {
    Chunk full = tail;
    long offset = nextOffset;
    if (full != null) {
      full.publish();
      offset = full.end();
    }
    endEncodedBefore(tailSeq - 1);
    int capacity = Math.max(frame, nextChunkBytes);
    nextChunkBytes =
        Math.clamp(Math.max(nextChunkBytes, (long) frame) * 2, SMALLEST_CHUNK, largestChunk);
    int records = Math.clamp(capacity / frame, 1, capacity == SMALLEST_CHUNK ? FEW : capacity);
    var chunk = new Chunk(tailSeq, offset, capacity, records, origin, gapBefore);
    gapBefore = null;
    cut = false;
    put(chunk);
    tail = chunk;
    charge(chunk.memoryBytes());
    return chunk;
  }

  /** The newest two chunks alone are kept in other formats beside their own. */
  private void endEncodedBefore(long seq) {
    if (seq > headSeq) {
      Chunk older = ring[(int) (seq - 1) & (ring.length - 1)];
      if (older != null) {
        older.endEncoded();
      }
    }
  }

  private void put(Chunk chunk) {
    @Nullable Chunk[] slots = ring;
    long tailNow = tailSeq;
    if (tailNow - headSeq == slots.length) {
      var larger = new @Nullable Chunk[slots.length * 2];
      for (long seq = headSeq; seq < tailNow; seq++) {
        larger[(int) seq & (larger.length - 1)] = slots[(int) seq & (slots.length - 1)];
      }
      larger[(int) tailNow & (larger.length - 1)] = chunk;
      ring = larger;
    } else {
      slots[(int) tailNow & (slots.length - 1)] = chunk;
    }
    tailSeq = tailNow + 1;
  }

  private void charge(int delta) {
    if (delta != 0) {
      bytes += delta;
      memory.charge(delta);
    }
  }

  /** When the oldest chunk's first record was appended; {@link Long#MAX_VALUE} without a chunk. */
  long headTimeNanos() {
    Chunk head = headChunk();
    return head == null ? Long.MAX_VALUE : head.timeNanos(0);
  }

  /** Offset after the oldest chunk: what {@link #firstOffset} becomes when it is dropped. */
  long headEnd() {
    Chunk head = headChunk();
    return head == null ? nextOffset : head.end();
  }

  boolean hasOneChunk() {
    return tailSeq - headSeq == 1;
  }

  boolean hasNoChunk() {
    return tailSeq == headSeq;
  }

  /** Forgets the records before {@code offset}; chunks that hold no other are dropped. */
  void dropBefore(long offset) {
    if (offset > firstOffset) {
      firstOffset = Math.min(offset, nextOffset);
    }
    while (!hasNoChunk() && headEnd() <= firstOffset) {
      dropHead();
    }
  }

  /** Forgets everything, and goes on with a later offset. */
  void skipTo(long offset) {
    while (!hasNoChunk()) {
      dropHead();
    }
    firstOffset = offset;
    nextOffset = offset;
  }

  /** Forgets the oldest chunk, be it the only one. */
  void dropHead() {
    Chunk head = headChunk();
    if (head == null) {
      return;
    }
    firstOffset = Math.max(firstOffset, head.end());
    long seq = headSeq;
    headSeq = seq + 1;
    ring[(int) seq & (ring.length - 1)] = null;
    if (head == tail) {
      tail = null;
      nextChunkBytes = SMALLEST_CHUNK;
      ring = new Chunk[1];
    }
    head.endEncoded();
    int held = head.memoryBytes();
    bytes -= held;
    memory.pin(held);
    if (head.drop()) {
      memory.unpin(held);
    }
  }

  /**
   * The first offset whose record is not older than {@code timeNanos}; {@link #nextOffset} when all
   * are.
   */
  long offsetAt(long timeNanos) {
    for (long seq = headSeq; seq < tailSeq; seq++) {
      Chunk chunk = ring[(int) seq & (ring.length - 1)];
      if (chunk == null) {
        continue;
      }
      int records = chunk.published();
      if (records > 0 && chunk.timeNanos(records - 1) >= timeNanos) {
        int low = 0;
        int high = records - 1;
        while (low < high) {
          int middle = (low + high) >>> 1;
          if (chunk.timeNanos(middle) >= timeNanos) {
            high = middle;
          } else {
            low = middle + 1;
          }
        }
        return Math.max(firstOffset, chunk.firstOffset() + low);
      }
    }
    return nextOffset;
  }

  /**
   * The chunk that holds an offset, from any thread.
   *
   * @param offset at or after {@link #firstOffset} and before {@link #nextOffset}, as just read
   * @param hint seq of the chunk last read, tried first and its successor next
   * @return null when the offset has been dropped meanwhile
   */
  @Nullable Chunk find(long offset, long hint) {
    while (true) {
      @Nullable Chunk[] slots = ring;
      Chunk near = slots[(int) hint & (slots.length - 1)];
      if (near != null && near.holds(offset)) {
        return near;
      }
      near = slots[(int) (hint + 1) & (slots.length - 1)];
      if (near != null && near.holds(offset)) {
        return near;
      }
      long low = headSeq;
      long high = tailSeq - 1;
      Chunk found = null;
      boolean moved = false;
      while (low <= high) {
        long middle = (low + high) >>> 1;
        Chunk chunk = slots[(int) middle & (slots.length - 1)];
        if (chunk == null || chunk.seq() != middle) {
          moved = true;
          break;
        }
        if (chunk.firstOffset() <= offset) {
          found = chunk;
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      if (!moved && found != null && found.holds(offset)) {
        return found;
      }
      if (offset < firstOffset) {
        return null;
      }
      Thread.onSpinWait();
    }
  }

  private @Nullable Chunk headChunk() {
    return hasNoChunk() ? null : ring[(int) headSeq & (ring.length - 1)];
  }
}
