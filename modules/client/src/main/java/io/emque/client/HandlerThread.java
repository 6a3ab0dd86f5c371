package io.emque.client;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.Subscription;
import java.util.function.Consumer;

/** Calls a handler for each delivery, on a virtual thread of its own, until it ends. */
final class HandlerThread {
  private static final System.Logger LOG = System.getLogger(HandlerThread.class.getName());

  private HandlerThread() {}

  static void start(Subscription subscription, Consumer<Delivery> handler) {
    Thread.ofVirtual()
        .name("emque-subscriber-" + subscription.topic())
        .start(() -> run(subscription, handler));
  }

  private static void run(Subscription subscription, Consumer<Delivery> handler) {
    try (subscription) {
      Delivery delivery = subscription.take();
      while (delivery != null) {
        handler.accept(delivery);
        delivery = subscription.take();
      }
    } catch (BrokerException e) {
      LOG.log(
          WARNING,
          () -> "subscription to \"" + subscription.topic() + "\" ended: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.log(
          WARNING,
          () -> "subscription to \"" + subscription.topic() + "\" ended: its handler threw",
          e);
    }
  }
}
