package io.emque.server.histories;

import io.emque.api.Cursor;
import java.util.List;
import java.util.Map;

/**
 * What is known of a topic when all is over, read from its log.
 *
 * @param next the position after the last message
 * @param kept the keys of what is kept, in order, with their positions; empty for merged ones
 */
record Topic(String name, Kind kind, Cursor next, List<Map.Entry<Cursor, String>> kept) {
  /** What may be expected of it. */
  enum Kind {
    /** Nothing is ever dropped, so that nobody may miss anything. */
    KEPT,
    /** It is deleted now and then, and begins anew. */
    VANISHING,
    /** It drops what is old. */
    TRIMMED,
    /**
     * It lives on two servers, and their logs are merged for each subscriber: each message comes
     * once and each publisher's in order, but the order of several publishers' is anybody's.
     */
    MERGED
  }

  boolean dropsNothing() {
    return kind == Kind.KEPT || kind == Kind.VANISHING;
  }

  boolean is(Kind wanted) {
    return kind == wanted;
  }
}
