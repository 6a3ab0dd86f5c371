package io.emque.store.chronicle;

import java.util.Arrays;

/**
 * Where some of a segment's records are, in the order of the file; whoever appends or reads adds to
 * it, so that nothing has to be looked for twice. Any thread.
 */
final class Positions {
  /** Bytes between two that are remembered. */
  private static final long SPACING = 128 << 10;

  /** A record's place. */
  record Place(long offset, long position, long timeNanos) {}

  private final Place start;
  private long[] offsets = new long[4];
  private long[] positions = new long[4];
  private long[] times = new long[4];
  private int size;

  Positions(long firstOffset) {
    start = new Place(firstOffset, 0, Long.MIN_VALUE);
  }

  synchronized void add(long offset, long position, long timeNanos) {
    if (size > 0 && (offset <= offsets[size - 1] || position - positions[size - 1] < SPACING)) {
      return;
    }
    if (size == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * size);
      positions = Arrays.copyOf(positions, 2 * size);
      times = Arrays.copyOf(times, 2 * size);
    }
    offsets[size] = offset;
    positions[size] = position;
    times[size++] = timeNanos;
  }

  /** The last known place that is not behind an offset. */
  synchronized Place at(long offset) {
    int found = Arrays.binarySearch(offsets, 0, size, offset);
    return place(found >= 0 ? found : -found - 2);
  }

  /** The last known place whose record is older than a time. */
  synchronized Place before(long timeNanos) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (times[middle] < timeNanos) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return place(low - 1);
  }

  private Place place(int i) {
    return i < 0 ? start : new Place(offsets[i], positions[i], times[i]);
  }
}
