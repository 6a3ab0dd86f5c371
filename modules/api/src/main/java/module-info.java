/** What a program or a plugin sees of Emque. */
@org.jspecify.annotations.NullMarked
module io.emque.api {
  requires static org.jspecify;

  exports io.emque.api;
  exports io.emque.api.spi;

  uses io.emque.api.spi.Selector;
  uses io.emque.api.spi.Resolver;
  uses io.emque.api.spi.Store;
  uses io.emque.api.spi.Authorizer;
}
