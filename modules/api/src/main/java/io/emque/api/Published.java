package io.emque.api;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a publish.
 *
 * @param cursor the message's position; null behind a proxy that writes to several servers, where
 *     it has one in each
 * @param ack what was really done with it, by every server that took it at least
 * @param duplicate whether it had been taken before under the same id; the cursor is the first
 *     one's
 * @param servers how many servers were asked and took it; null when it was a broker's own log
 */
public record Published(
    @Nullable Cursor cursor, Ack ack, boolean duplicate, @Nullable Servers servers) {
  /** Refuses a null {@code ack}. */
  public Published {
    requireNonNull(ack, "ack");
  }

  /** The answer of a broker's own log. */
  public Published(Cursor cursor, Ack ack, boolean duplicate) {
    this(requireNonNull(cursor, "cursor"), ack, duplicate, null);
  }

  /**
   * How far a message got.
   *
   * @param took servers that have it, 1 or more
   * @param asked servers it was sent to
   */
  public record Servers(int took, int asked) {
    /** {@code TOOK/ASKED}. */
    @Override
    public String toString() {
      return took + "/" + asked;
    }
  }
}
