package io.emque.engine;

import java.util.Arrays;

/**
 * Payloads to be appended together: one lock, one wake-up. Reusable; one thread. It keeps
 * references, so the arrays must not change before the append returned.
 */
public final class MessageBatch {
  private byte[][] arrays = new byte[16][];
  private int[] ranges = new int[32];
  private int count;
  private int taken;
  private long bytes;

  /** An empty batch. */
  public MessageBatch() {}

  /** Adds a payload. */
  public void add(byte[] array, int offset, int length) {
    if (count == arrays.length) {
      arrays = Arrays.copyOf(arrays, count * 2);
      ranges = Arrays.copyOf(ranges, count * 4);
    }
    arrays[count] = array;
    ranges[count * 2] = offset;
    ranges[count * 2 + 1] = length;
    count++;
    bytes += length;
  }

  /** Payloads in it. */
  public int count() {
    return count;
  }

  /** Bytes of all payloads. */
  public long bytes() {
    return bytes;
  }

  /** A copy of payload {@code i}, 0 to {@link #count} - 1. */
  public byte[] payload(int i) {
    return Arrays.copyOfRange(arrays[i], offset(i), offset(i) + length(i));
  }

  /** Bytes of payload {@code i}. */
  public int length(int i) {
    return ranges[i * 2 + 1];
  }

  /** How many the last append took: all, unless it threw. */
  public int taken() {
    return taken;
  }

  /** Empties it, and forgets the arrays. */
  public void clear() {
    Arrays.fill(arrays, 0, count, null);
    count = 0;
    taken = 0;
    bytes = 0;
  }

  byte[] array(int i) {
    return arrays[i];
  }

  int offset(int i) {
    return ranges[i * 2];
  }

  /** An appender says how many it took. */
  public void taken(int n) {
    taken = n;
  }
}
