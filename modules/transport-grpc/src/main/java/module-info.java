/**
 * Publishing and subscribing by gRPC, on the port of HTTP: {@code emque.v1}, the original's {@code
 * mq.MQ}, health and reflection.
 */
@org.jspecify.annotations.NullMarked
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // grpc-java
module io.emque.transport.grpc {
  requires static org.jspecify;
  requires com.google.protobuf;
  requires io.emque.engine;
  requires transitive io.emque.transport.http;
  requires io.emque.wire;
  requires io.grpc;
  requires io.grpc.services;
  requires io.grpc.stub;
  requires io.helidon.common.buffers;
  requires io.helidon.common.socket;
  requires io.helidon.http;
  requires io.helidon.http.http2;
  requires io.helidon.webserver;
  requires io.helidon.webserver.grpc;
  requires io.helidon.webserver.http2;

  exports io.emque.transport.grpc;
}
