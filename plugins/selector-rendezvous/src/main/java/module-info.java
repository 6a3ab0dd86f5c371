/** Plugin: the selector {@code rendezvous}. */
@org.jspecify.annotations.NullMarked
module io.emque.plugin.rendezvous {
  requires static org.jspecify;
  requires io.emque.api;

  provides io.emque.api.spi.Selector with
      io.emque.plugin.rendezvous.RendezvousSelector;
}
