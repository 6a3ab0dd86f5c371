/**
 * A broker that keeps its topics on other servers. What reaches them is a {@link
 * io.emque.api.Broker}, as the client is; each topic that somebody subscribes to here is a relayed
 * log of the engine.
 */
@org.jspecify.annotations.NullMarked
module io.emque.proxy {
  requires static org.jspecify;
  requires transitive io.emque.engine;

  exports io.emque.proxy;
}
