package io.emque.cli.bench;

import java.util.TreeMap;

/**
 * Places that were passed over in a stream, in case that their messages come after all. Only so
 * many ranges are remembered; of what is forgotten, a message that comes counts as late.
 */
final class Holes {
  private static final int MOST = 1_024;

  private final TreeMap<Long, Long> ranges = new TreeMap<>(); // from the first to behind the last
  private long known; // all holes before this one are forgotten

  void add(long from, long to) {
    ranges.put(from, to);
    if (ranges.size() > MOST) {
      known = ranges.pollFirstEntry().getValue();
    }
  }

  /** Returns whether the message at this place was missing; it is not from now on. */
  boolean fill(long place) {
    if (place < known) {
      return true;
    }
    var range = ranges.floorEntry(place);
    if (range == null || range.getValue() <= place) {
      return false;
    }
    ranges.remove(range.getKey());
    if (range.getKey() < place) {
      ranges.put(range.getKey(), place);
    }
    if (place + 1 < range.getValue()) {
      ranges.put(place + 1, range.getValue());
    }
    return true;
  }
}
