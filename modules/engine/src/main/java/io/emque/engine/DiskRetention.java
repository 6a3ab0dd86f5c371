package io.emque.engine;

import io.emque.api.spi.StoredLog.Segment;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Removes the oldest segments beyond the limits; the newest one of a topic stays. */
final class DiskRetention {
  private final Persistence limits;
  private final long ageNanos;

  DiskRetention(Persistence limits) {
    this.limits = limits;
    Duration age = limits.retainAge();
    this.ageNanos =
        age.isZero() || age.toSeconds() > Long.MAX_VALUE / 1_000_000_000L - 1
            ? Long.MAX_VALUE
            : age.toNanos();
  }

  /** Whether there is anything to be enforced. */
  boolean isLimited() {
    return limits.retainBytes() > 0
        || limits.retainCount() > 0
        || limits.totalBytes() > 0
        || ageNanos < Long.MAX_VALUE;
  }

  /** One thread. */
  void enforce(Collection<StoredTail> tails, long nowNanos) {
    var removable = new ArrayList<Removable>();
    long total = 0;
    for (StoredTail tail : tails) {
      try {
        total += enforce(tail, nowNanos, removable);
      } catch (IOException e) {
        tail.cannotBeTrimmed(e);
      }
    }
    if (limits.totalBytes() > 0 && total > limits.totalBytes()) {
      removable.sort(Comparator.comparingLong(oldest -> oldest.segment().lastTimeNanos()));
      for (Removable oldest : removable) {
        if (total <= limits.totalBytes()) {
          return;
        }
        try {
          oldest.tail().truncateBefore(oldest.segment().nextOffset());
          total -= oldest.segment().bytes();
        } catch (IOException e) {
          oldest.tail().cannotBeTrimmed(e);
        }
      }
    }
  }

  /** Returns the bytes that are left. */
  private long enforce(StoredTail tail, long nowNanos, List<Removable> removable)
      throws IOException {
    List<Segment> segments = tail.segments();
    long bytes = segments.stream().mapToLong(Segment::bytes).sum();
    long next = tail.nextOffset();
    int kept = 0;
    for (; kept < segments.size() - 1; kept++) {
      Segment segment = segments.get(kept);
      boolean tooMuch = limits.retainBytes() > 0 && bytes > limits.retainBytes();
      boolean tooMany =
          limits.retainCount() > 0 && segment.nextOffset() <= next - limits.retainCount();
      boolean tooOld = ageNanos < Long.MAX_VALUE && segment.lastTimeNanos() < nowNanos - ageNanos;
      if (!tooMuch && !tooMany && !tooOld) {
        break;
      }
      bytes -= segment.bytes();
    }
    if (kept > 0) {
      tail.truncateBefore(segments.get(kept - 1).nextOffset());
    }
    for (int i = kept; i < segments.size() - 1; i++) {
      removable.add(new Removable(tail, segments.get(i)));
    }
    return bytes;
  }

  private record Removable(StoredTail tail, Segment segment) {}
}
