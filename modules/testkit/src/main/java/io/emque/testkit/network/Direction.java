package io.emque.testkit.network;

/** Which way bytes go. */
public enum Direction {
  /** From who connected. */
  TO_SERVER,
  /** To who connected. */
  TO_CLIENT
}
