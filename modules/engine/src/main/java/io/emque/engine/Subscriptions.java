package io.emque.engine;

import io.emque.api.Delivery;
import io.emque.api.Subscription;
import java.util.function.Consumer;

/** Makes a reader the subscription of a program. */
public final class Subscriptions {
  private Subscriptions() {}

  /** To be pulled from; the reader is the subscription's from now on. */
  public static Subscription of(Reader reader) {
    return new ReaderSubscription(reader);
  }

  /** Calls {@code handler} for each delivery, on a virtual thread of its own. */
  public static Subscription of(Reader reader, Consumer<Delivery> handler) {
    var subscription = new ReaderSubscription(reader);
    subscription.start(handler);
    return subscription;
  }
}
