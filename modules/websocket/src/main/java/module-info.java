/**
 * A strict RFC 6455 upgrader and connection behind Helidon's WebSocket API ({@code WsRouting},
 * {@code WsListener}, {@code WsSession}). Knows no topic.
 */
@org.jspecify.annotations.NullMarked
module io.emque.websocket {
  requires static org.jspecify;
  requires io.emque.frames;
  requires transitive io.helidon.webserver;
  requires transitive io.helidon.webserver.websocket;
  requires transitive io.helidon.websocket;
  requires io.helidon.common.buffers;
  requires io.helidon.common.concurrency.limits;
  requires io.helidon.common.socket;
  requires io.helidon.common.task;
  requires io.helidon.http;

  exports io.emque.websocket;
}
