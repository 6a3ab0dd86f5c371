package io.emque.api;

import java.util.List;

/**
 * A topic at one moment.
 *
 * @param name its name
 * @param epoch the incarnation of its log
 * @param firstOffset the oldest message kept; equals {@code nextOffset} when none is
 * @param nextOffset the offset that the next message gets
 * @param bytes memory its log holds
 * @param subscribers who reads it now
 */
public record TopicInfo(
    String name,
    String epoch,
    long firstOffset,
    long nextOffset,
    long bytes,
    List<SubscriberInfo> subscribers) {
  /** Keeps a copy of the list. */
  public TopicInfo {
    subscribers = List.copyOf(subscribers);
  }

  /**
   * A live subscriber.
   *
   * @param protocol what it reads through, for example {@code ws} or {@code sse}
   * @param lag messages published that were not yet handed to its transport
   * @param missed messages it was told it missed
   */
  public record SubscriberInfo(String protocol, long lag, long missed) {}
}
