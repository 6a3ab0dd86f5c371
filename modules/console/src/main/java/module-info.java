/** The page that shows a broker, the module for browsers, and descriptions of the API. */
@org.jspecify.annotations.NullMarked
module io.emque.console {
  requires static org.jspecify;
  requires transitive io.emque.transport.http;
  requires io.helidon.http;
  requires io.helidon.webserver;

  exports io.emque.console;
}
