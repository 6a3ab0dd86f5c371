package io.emque.api;

import static java.util.Objects.requireNonNull;

/**
 * A position in a topic's log, written {@code EPOCH:OFFSET}, the same on every protocol.
 *
 * <p>Where a topic is merged from the logs of several servers, the epoch is <em>merged</em>: it
 * begins with {@code ~} and is not to be looked into.
 *
 * @param epoch names one incarnation of a topic's log: 1 to 32 of {@code [0-9A-Za-z_-]}, or merged,
 *     {@code ~} and 1 to 480 of {@code [0-9A-Za-z_.~-]}
 * @param offset of a message; -1 stands before the first one
 */
public record Cursor(String epoch, long offset) {
  private static final int MAX_EPOCH = 32;
  private static final int MAX_MERGED_EPOCH = 481;

  /** Refuses a malformed epoch or an offset below -1 with {@link ErrorCode#CURSOR_INVALID}. */
  public Cursor {
    requireNonNull(epoch, "epoch");
    if (!isEpoch(epoch)) {
      throw invalid(epoch + ":" + offset);
    }
    if (offset < -1) {
      throw invalid(epoch + ":" + offset);
    }
  }

  /**
   * Reads {@code EPOCH:OFFSET}.
   *
   * @throws BrokerException {@link ErrorCode#CURSOR_INVALID}
   */
  public static Cursor parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0 || !isEpoch(text.substring(0, colon))) {
      throw invalid(text);
    }
    return new Cursor(text.substring(0, colon), parseOffset(text, text.substring(colon + 1)));
  }

  /** The position one further. */
  public Cursor next() {
    return new Cursor(epoch, offset == Long.MAX_VALUE ? offset : offset + 1);
  }

  /** {@code EPOCH:OFFSET}. */
  @Override
  public String toString() {
    return epoch + ":" + offset;
  }

  private static long parseOffset(String whole, String digits) {
    if (!digits.equals("-1") && !isDigits(digits)) {
      throw invalid(whole);
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException tooLarge) {
      throw invalid(whole);
    }
  }

  private static boolean isDigits(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** Whether it is a position in a log merged from those of several servers. */
  public boolean merged() {
    return epoch.charAt(0) == '~';
  }

  private static boolean isEpoch(String text) {
    boolean merged = text.startsWith("~");
    int length = text.length();
    if (length < (merged ? 2 : 1) || length > (merged ? MAX_MERGED_EPOCH : MAX_EPOCH)) {
      return false;
    }
    for (int i = 0; i < length; i++) { // of each message's answer: no stream
      char c = text.charAt(i);
      if (!isPlain(c) && !(merged && (c == '.' || c == '~'))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPlain(int c) {
    return (c >= '0' && c <= '9')
        || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || c == '_'
        || c == '-';
  }

  private static BrokerException invalid(String text) {
    String shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
    return new BrokerException(
        ErrorCode.CURSOR_INVALID,
        "cursor \""
            + shown
            + "\" is not EPOCH:OFFSET (1 to 32 of 0-9 A-Z a-z _ -, a colon, a number); use one that"
            + " this broker gave");
  }
}
