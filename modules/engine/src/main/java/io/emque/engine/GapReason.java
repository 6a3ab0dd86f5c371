package io.emque.engine;

/** Why a subscriber does not get messages. */
public enum GapReason {
  /** It was too slow, and went on with the oldest message kept. */
  SKIPPED,
  /** It was too slow, and was closed because it had asked for that. */
  DISCONNECTED,
  /** It asked for messages that are no longer kept. */
  RETENTION,
  /** It asked for a position in another incarnation of the topic; how many is not known. */
  EPOCH,
  /** They cannot be read from the disk. */
  DAMAGED,
  /** The server that they come from told so. */
  UPSTREAM
}
