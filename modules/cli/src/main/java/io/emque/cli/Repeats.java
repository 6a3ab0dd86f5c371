package io.emque.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.logging.LogRecord;
import java.util.regex.Pattern;

/**
 * Lets lines through that are alike, but for numbers and what stands in quotes, only so many times
 * in a while, and then says how many were left out.
 *
 * <p><b>Threads:</b> any.
 */
final class Repeats {
  static final int BURST = 10;
  static final Duration WINDOW = Duration.ofSeconds(10);

  /** Kinds of lines that are remembered; the one not seen for longest is forgotten. */
  private static final int MOST_KINDS = 256;

  private static final Pattern VARYING = Pattern.compile("\"[^\"]*\"|\\d+");

  private final Consumer<LogRecord> out;
  private final LongSupplier nanoTime;
  private final Map<String, Kind> kinds = new LinkedHashMap<>(16, 0.75f, true); // under this

  /**
   * @param out gets the lines that are let through; one thread at a time
   * @param nanoTime as {@link System#nanoTime}
   */
  Repeats(Consumer<LogRecord> out, LongSupplier nanoTime) {
    this.out = out;
    this.nanoTime = nanoTime;
  }

  synchronized void take(LogRecord line) {
    String key =
        line.getLoggerName() + line.getLevel() + VARYING.matcher(message(line)).replaceAll("#");
    Kind kind = kinds.get(key);
    if (kind != null && kind.isOver(nanoTime.getAsLong())) {
      tell(kind);
      kind = null;
    }
    if (kind == null) {
      kind = new Kind(nanoTime.getAsLong());
      kinds.put(key, kind);
      forgetOldest();
    }
    kind.seen++;
    if (kind.seen <= BURST) {
      out.accept(line);
    } else if (kind.last == null) {
      kind.last = line;
      Kind counted = kind;
      Thread.ofVirtual().name("emque-log-repeats").start(() -> tellAfterwards(counted));
    } else {
      kind.last = line;
    }
  }

  private static String message(LogRecord line) {
    return line.getMessage() == null ? "" : line.getMessage();
  }

  private void forgetOldest() {
    if (kinds.size() > MOST_KINDS) {
      var oldest = kinds.entrySet().iterator();
      tell(oldest.next().getValue());
      oldest.remove();
    }
  }

  private void tellAfterwards(Kind kind) {
    try {
      Thread.sleep(WINDOW);
      synchronized (this) {
        tell(kind);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says what was left out of a kind, once. */
  private void tell(Kind kind) {
    LogRecord last = kind.last;
    if (last == null || kind.told) {
      return;
    }
    kind.told = true;
    kind.begun = nanoTime.getAsLong() - WINDOW.toNanos(); // the next one begins anew
    var line =
        new LogRecord(
            last.getLevel(),
            message(last)
                + " (the last of "
                + (kind.seen - BURST)
                + " lines left out that are alike)");
    line.setLoggerName(last.getLoggerName());
    line.setThrown(last.getThrown());
    out.accept(line);
  }

  private static final class Kind {
    long begun;
    long seen;
    boolean told;
    @org.jspecify.annotations.Nullable LogRecord last; // of those left out

    Kind(long begun) {
      this.begun = begun;
    }

    boolean isOver(long now) {
      return now - begun >= WINDOW.toNanos();
    }
  }
}
