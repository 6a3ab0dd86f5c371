/**
 * Publishing and subscribing by HTTP/1.1, HTTP/2, WebSocket, Server-Sent Events and plain streams.
 */
@org.jspecify.annotations.NullMarked
module io.emque.transport.http {
  requires static org.jspecify;
  requires transitive io.emque.engine;
  requires transitive io.helidon.webserver;
  requires com.google.protobuf;
  requires io.emque.frames;
  requires io.emque.websocket;
  requires io.emque.wire;
  requires io.helidon.common;
  requires io.helidon.common.buffers;
  requires io.helidon.common.concurrency.limits;
  requires io.helidon.common.socket;
  requires io.helidon.http;
  requires io.helidon.http.http2;
  requires transitive io.helidon.webserver.http2;
  requires io.helidon.webserver.websocket;
  requires io.helidon.websocket;
  requires java.management;
  requires jdk.management;

  exports io.emque.transport.http;
  exports io.emque.transport.http.access;
  exports io.emque.transport.http.limits;
  exports io.emque.transport.http.metrics;
}
