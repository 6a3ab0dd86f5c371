package io.emque.api;

/** What was really done with a message when its publisher was answered; later is stronger. */
public enum Ack {
  /** It is in the topic's log, in memory. */
  MEMORY,
  /** The store has it, in the operating system's page cache: it survives the process. */
  OS,
  /** It was forced to the disk: it survives the machine. */
  FSYNC;

  /** The name on the wire, lower case. */
  public String wireName() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
