package io.emque.api;

/** What happens to a subscriber that is about to fall off the head of the retained log. */
public enum SlowPolicy {
  /** It jumps to the oldest message kept and is told how many it missed. */
  SKIP,
  /** It is closed with {@link ErrorCode#SLOW_CONSUMER}. */
  DISCONNECT,
  /**
   * Publishers wait for it, up to a limit, and are then refused with {@link ErrorCode#OVERLOADED}.
   */
  BLOCK
}
