package io.emque.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/** The rule for topic names: 1 to 1,024 bytes of valid UTF-8 without control characters. */
public final class Topics {
  /** Longest name, in bytes of UTF-8. */
  public static final int MAX_NAME_BYTES = 1024;

  private Topics() {}

  /**
   * Returns the name it was given.
   *
   * @throws BrokerException {@link ErrorCode#TOPIC_REQUIRED} for a null or empty name, {@link
   *     ErrorCode#TOPIC_INVALID} for one that breaks the rule
   */
  public static String requireValid(@Nullable String name) {
    if (name == null || name.isEmpty()) {
      throw new BrokerException(
          ErrorCode.TOPIC_REQUIRED, "no topic given; name one, for example ?topic=foo");
    }
    int bytes = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isISOControl(c)) {
        throw invalid(String.format("topic has the control character U+%04X at %d", (int) c, i));
      }
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == name.length()
            || !Character.isLowSurrogate(name.charAt(i + 1))) {
          throw invalid("topic has half a surrogate pair at " + i);
        }
        i++;
        bytes += 4;
      } else {
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      }
    }
    if (bytes > MAX_NAME_BYTES) {
      throw invalid("topic of " + bytes + " bytes is too long");
    }
    return name;
  }

  /** Bytes of the name in UTF-8. */
  public static int nameBytes(String name) {
    return name.getBytes(UTF_8).length;
  }

  private static BrokerException invalid(String fault) {
    return new BrokerException(
        ErrorCode.TOPIC_INVALID,
        fault
            + "; a topic is 1 to "
            + MAX_NAME_BYTES
            + " bytes of UTF-8 without control characters");
  }
}
