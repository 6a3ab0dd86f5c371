/**
 * The messages of Emque's binary protocols, generated from the {@code .proto} files: {@code
 * emque.v1}, its own, and {@code mq}, that of the broker it succeeds.
 */
module io.emque.wire {
  requires transitive com.google.protobuf;

  exports io.emque.wire.mq;
  exports io.emque.wire.v1;
}
