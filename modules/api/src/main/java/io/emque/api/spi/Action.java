package io.emque.api.spi;

/** What a caller may be allowed to do. */
public enum Action {
  /** Publish to a topic. */
  PUBLISH,
  /** Subscribe to a topic, and see it in the list of topics. */
  SUBSCRIBE,
  /** See a topic in the list of topics, and remove it. */
  ADMIN,
  /** See the server's metrics, which name no topic. */
  METRICS
}
