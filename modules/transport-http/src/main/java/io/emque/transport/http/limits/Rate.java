package io.emque.transport.http.limits;

/**
 * How fast messages may come; a second's worth may come at once.
 *
 * @param messages in a second; 0 for no limit
 * @param bytes of payload in a second; 0 for no limit
 */
public record Rate(long messages, long bytes) {
  /** No limit. */
  public static final Rate NONE = new Rate(0, 0);

  /** Refuses what is negative. */
  public Rate {
    Rule.require(messages >= 0, "publish_rate", messages, "0 (no limit) or more");
    Rule.require(bytes >= 0, "publish_bytes", bytes, "0 (no limit) or more");
  }

  boolean isNone() {
    return messages == 0 && bytes == 0;
  }
}
