package io.emque.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/** Where a subscription starts to read. */
public sealed interface StartPosition {
  /** With the next message published. */
  StartPosition LATEST = new Latest();

  /** With the oldest message kept. */
  StartPosition EARLIEST = new Earliest();

  /** The first message after {@code cursor}: what a subscriber resumes with. */
  static StartPosition after(Cursor cursor) {
    return new At(cursor.next());
  }

  /** With the next message published. */
  record Latest() implements StartPosition {}

  /** With the oldest message kept. */
  record Earliest() implements StartPosition {}

  /**
   * With a message of the log that is there now. One no longer kept is a gap and then the oldest
   * kept; one that is yet to come is waited for.
   *
   * @param offset 0 or more
   */
  record Offset(long offset) implements StartPosition {
    /** Refuses a negative offset with {@link ErrorCode#CURSOR_INVALID}. */
    public Offset {
      if (offset < 0) {
        throw new BrokerException(
            ErrorCode.CURSOR_INVALID, "offset " + offset + " is negative; offsets start at 0");
      }
    }
  }

  /**
   * With the message at {@code cursor}. An epoch that is gone is a gap and then the oldest kept.
   *
   * @param cursor an offset of -1 means 0
   */
  record At(Cursor cursor) implements StartPosition {
    /** Refuses null. */
    public At {
      requireNonNull(cursor, "cursor");
    }
  }

  /**
   * With the first message published at {@code time} or later.
   *
   * @param time a time not yet reached means the next message published
   */
  record Since(Instant time) implements StartPosition {
    /** Refuses null. */
    public Since {
      requireNonNull(time, "time");
    }
  }
}
