/** Plugin: the store {@code chronicle}. */
@org.jspecify.annotations.NullMarked
module io.emque.store.chronicle {
  requires static org.jspecify;
  requires io.emque.api;
  requires java.logging;
  requires chronicle.queue;
  requires chronicle.core;
  requires chronicle.bytes;
  requires chronicle.wire;
  requires org.slf4j; // in the signatures of chronicle.core

  provides io.emque.api.spi.Store with
      io.emque.store.chronicle.ChronicleStore;
}
