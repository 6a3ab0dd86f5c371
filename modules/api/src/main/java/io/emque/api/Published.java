package io.emque.api;

import static java.util.Objects.requireNonNull;

/**
 * The answer to a publish.
 *
 * @param cursor the message's position
 * @param ack what was really done with it
 * @param duplicate whether it had been taken before under the same id; the cursor is the first
 *     one's
 */
public record Published(Cursor cursor, Ack ack, boolean duplicate) {
  /** Refuses nulls. */
  public Published {
    requireNonNull(cursor, "cursor");
    requireNonNull(ack, "ack");
  }
}
