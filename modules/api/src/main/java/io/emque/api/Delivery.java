package io.emque.api;

/** What a subscriber receives: a message, or word of messages it will not receive. */
public sealed interface Delivery permits Message, Gap {
  /** The topic. */
  String topic();
}
