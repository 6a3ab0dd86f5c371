/**
 * The broker: a topic is a log, a subscriber is a cursor. Knows no transport, and of disks no more
 * than the SPI of stores.
 *
 * <p>Start reading at {@link io.emque.engine.MemoryBroker}; the heart is {@code TopicLog}.
 */
@org.jspecify.annotations.NullMarked
module io.emque.engine {
  requires static org.jspecify;
  requires transitive io.emque.api;

  exports io.emque.engine;
}
