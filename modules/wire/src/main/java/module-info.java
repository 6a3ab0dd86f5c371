/**
 * The messages and services of Emque's binary protocols, generated from the {@code .proto} files:
 * {@code emque.v1}, its own, and {@code mq}, that of the broker it succeeds.
 */
@SuppressWarnings("requires-transitive-automatic") // grpc-java and Guava have no module descriptors
module io.emque.wire {
  requires static org.jspecify;
  requires transitive io.emque.api;
  requires transitive com.google.protobuf;
  requires transitive io.grpc;
  requires transitive io.grpc.stub;
  requires io.grpc.protobuf;
  requires com.google.common;

  exports io.emque.wire;
  exports io.emque.wire.mq;
  exports io.emque.wire.v1;
}
