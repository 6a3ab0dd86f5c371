package io.emque.cli.bench;

/** Finds messages in the body of an answer that has no end. One thread. */
interface BodyMessages {
  /**
   * Hands on the messages that are whole.
   *
   * @return the index after what was used up; the rest is to be given again with more behind it
   */
  int parse(byte[] bytes, int from, int to, Listener listener);
}
