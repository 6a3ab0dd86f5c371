/**
 * Contracts of the SPI, as JUnit tests to extend; a network that fails; a reader of events; and
 * tests given bytes that nobody wrote by hand.
 */
@org.jspecify.annotations.NullMarked
open module io.emque.testkit {
  requires static org.jspecify;
  requires transitive io.emque.api;
  requires transitive org.junit.jupiter.api;
  requires org.assertj.core;

  exports io.emque.testkit;
  exports io.emque.testkit.fuzz;
  exports io.emque.testkit.network;
  exports io.emque.testkit.sse;
}
