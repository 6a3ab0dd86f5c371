package io.emque.engine;

import io.emque.api.spi.StoredLog;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Takes a run of records from a store, up to the first hole, and makes a chunk of them. */
final class RecalledRecords implements StoredLog.Sink {
  private static final int FIRST_BYTES = 4 * 1024;
  private static final int FIRST_RECORDS = 64;

  private final long from;
  private final long limit;
  private byte[] payloads = new byte[FIRST_BYTES];
  private int[] ends = new int[FIRST_RECORDS];
  private long[] times = new long[FIRST_RECORDS];
  private @Nullable Extras[] extras = new @Nullable Extras[FIRST_RECORDS];
  private long first = -1;
  private int count;
  private int frameBytes;
  private boolean complete;

  /**
   * @param from the first offset wanted
   * @param limit the first one not wanted
   */
  RecalledRecords(long from, long limit) {
    this.from = from;
    this.limit = limit;
  }

  @Override
  public void record(
      long offset,
      long timeNanos,
      @Nullable String id,
      Map<String, String> headers,
      byte[] array,
      int start,
      int length) {
    if (complete || offset < from) {
      return;
    }
    if (offset >= limit || (count > 0 && offset != first + count)) {
      complete = true;
      return;
    }
    if (count == 0) {
      first = offset;
    }
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, count * 2);
      times = Arrays.copyOf(times, count * 2);
      extras = Arrays.copyOf(extras, count * 2);
    }
    int at = count == 0 ? 0 : ends[count - 1];
    if (payloads.length - at < length) {
      payloads = Arrays.copyOf(payloads, Math.max(at + length, payloads.length * 2));
    }
    System.arraycopy(array, start, payloads, at, length);
    ends[count] = at + length;
    times[count] = timeNanos;
    extras[count] = id == null && headers.isEmpty() ? null : new Extras(id, headers, null);
    frameBytes += Chunk.frameLength(length);
    count++;
  }

  /** Null when nothing was taken. */
  @Nullable Chunk chunk() {
    if (count == 0) {
      return null;
    }
    var chunk = new Chunk(-1, first, frameBytes, count, null, null);
    int at = 0;
    for (int i = 0; i < count; i++) {
      chunk.append(payloads, at, ends[i] - at, times[i], extras[i]);
      at = ends[i];
    }
    chunk.publish();
    return chunk;
  }
}
