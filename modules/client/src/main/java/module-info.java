/**
 * The Java client: publishes and subscribes by WebSocket or gRPC, to one server or many. Start at
 * {@code Emque}.
 */
@org.jspecify.annotations.NullMarked
module io.emque.client {
  requires static org.jspecify;
  requires transitive io.emque.api;
  requires io.emque.frames;
  requires io.emque.wire;

  exports io.emque.client;
}
