/** Plugin: the resolver {@code srv}. */
@org.jspecify.annotations.NullMarked
module io.emque.plugin.srv {
  requires static org.jspecify;
  requires io.emque.api;
  requires java.naming; // and jdk.naming.dns, found by it at run time

  provides io.emque.api.spi.Resolver with
      io.emque.plugin.srv.SrvResolver;
}
