package io.emque.junit.example;

import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.client.Emque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The program under test: counts orders. */
final class Orders implements AutoCloseable {
  private final Emque emque;
  private final Set<Long> seen = ConcurrentHashMap.newKeySet();
  private final AtomicLong missed = new AtomicLong();

  Orders(String broker) {
    emque = Emque.connect(broker);
    emque.subscribe("orders", SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST), this::take);
  }

  private void take(Delivery delivery) {
    switch (delivery) {
      case Message order -> seen.add(order.offset()); // twice is once
      case Gap gap -> missed.addAndGet(gap.missed().orElse(0));
    }
  }

  int count() {
    return seen.size();
  }

  long missed() {
    return missed.get();
  }

  @Override
  public void close() {
    emque.close();
  }
}
