/**
 * The Java client: publishes and subscribes by WebSocket or gRPC, to one server or many. Start at
 * {@code Emque}.
 */
@org.jspecify.annotations.NullMarked
module io.emque.client {
  requires static org.jspecify;
  requires transitive io.emque.api;
  requires io.emque.frames;
  requires io.emque.pem;
  requires io.emque.wire;
  requires com.google.protobuf;
  requires io.grpc;
  requires io.grpc.okhttp;
  requires io.grpc.stub;
  requires io.helidon.common.tls;
  requires io.helidon.http;
  requires io.helidon.webclient.http1;
  requires kotlin.stdlib; // okio stands on it, and does not say so

  exports io.emque.client;

  provides io.emque.api.spi.Selector with
      io.emque.client.select.AllSelector,
      io.emque.client.select.ShardSelector;
  provides io.emque.api.spi.Resolver with
      io.emque.client.resolve.DnsResolver,
      io.emque.client.resolve.IpResolver;
}
