/**
 * A broker for tests of programs that use one, and the faults that they must stand. Start at {@code
 * EmqueTest}.
 */
@org.jspecify.annotations.NullMarked
module io.emque.junit {
  requires static org.jspecify;
  requires transitive io.emque.server;
  requires transitive io.emque.testkit;
  requires transitive org.junit.jupiter.api;
  requires io.emque.proxy;

  exports io.emque.junit;

  opens io.emque.junit to
      org.junit.platform.commons;
}
