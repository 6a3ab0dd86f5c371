package io.emque.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.spi.StoredLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A record, as it is appended and as it is read.
 *
 * @param payload as text of one character for each byte
 */
public record StoredRecord(
    long timeNanos, @Nullable String id, Map<String, String> headers, String payload) {

  /** Only a payload, which is also the time. */
  static StoredRecord of(int number) {
    return new StoredRecord(number, null, Map.of(), Integer.toString(number));
  }

  /** One that can be checked without the original: its bytes follow from the number. */
  public static StoredRecord random(int number, int mostBytes) {
    var random = new Random(number);
    byte[] payload = new byte[random.nextInt(mostBytes + 1)];
    random.nextBytes(payload);
    return new StoredRecord(
        number,
        random.nextBoolean() ? "id-" + number : null,
        random.nextInt(4) == 0 ? Map.of("n", Integer.toString(number), "ü", "ö") : Map.of(),
        text(payload));
  }

  static String text(byte[] bytes) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  byte[] bytes() {
    return payload.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** Appends records at once. */
  public static void append(StoredLog log, List<StoredRecord> records) throws IOException {
    // The payloads stand in one array with something between them, as they may.
    byte[] gap = "<gap>".getBytes(UTF_8);
    int size = gap.length;
    int[] starts = new int[records.size()];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = size;
      size += records.get(i).payload().length() + gap.length;
    }
    byte[] all = new byte[size];
    Arrays.fill(all, gap[0]);
    for (int i = 0; i < starts.length; i++) {
      byte[] payload = records.get(i).bytes();
      System.arraycopy(payload, 0, all, starts[i], payload.length);
    }
    log.append(
        new StoredLog.Records() {
          @Override
          public int count() {
            return records.size();
          }

          @Override
          public long timeNanos(int i) {
            return records.get(i).timeNanos();
          }

          @Override
          public @Nullable String id(int i) {
            return records.get(i).id();
          }

          @Override
          public Map<String, String> headers(int i) {
            return records.get(i).headers();
          }

          @Override
          public byte[] array(int i) {
            return all;
          }

          @Override
          public int start(int i) {
            return starts[i];
          }

          @Override
          public int length(int i) {
            return records.get(i).payload().length();
          }
        });
  }

  /** What {@link StoredLog#read} gave, with its offset. */
  public record Read(long offset, StoredRecord record) {}

  /** Reads once. */
  public static Page read(StoredLog log, long from, int maxBytes) throws IOException {
    var records = new ArrayList<Read>();
    long next =
        log.read(
            from,
            maxBytes,
            (offset, timeNanos, id, headers, array, start, length) ->
                records.add(
                    new Read(
                        offset,
                        new StoredRecord(
                            timeNanos,
                            id,
                            Map.copyOf(headers),
                            text(Arrays.copyOfRange(array, start, start + length))))));
    return new Page(records, next);
  }

  /** Reads on until the end. */
  public static List<Read> readAll(StoredLog log, long from) throws IOException {
    var all = new ArrayList<Read>();
    for (long at = from; ; ) {
      Page page = read(log, at, 1 << 16);
      all.addAll(page.records());
      if (page.next() <= at) {
        return all;
      }
      at = page.next();
    }
  }

  /** What one call read, and where to go on. */
  public record Page(List<Read> records, long next) {}
}
