/** What providers of the SPI must pass, as JUnit tests to extend; and a network that fails. */
@org.jspecify.annotations.NullMarked
open module io.emque.testkit {
  requires static org.jspecify;
  requires transitive io.emque.api;
  requires transitive org.junit.jupiter.api;
  requires org.assertj.core;

  exports io.emque.testkit;
  exports io.emque.testkit.network;
}
