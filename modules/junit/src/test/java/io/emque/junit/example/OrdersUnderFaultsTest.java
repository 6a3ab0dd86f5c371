package io.emque.junit.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.junit.EmqueTest;
import io.emque.junit.Faults;
import io.emque.junit.TestBroker;
import io.emque.testkit.network.Line;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@EmqueTest(faults = true)
class OrdersUnderFaultsTest {
  @Test
  void everyOrderIsCountedOnceThoughConnectionsBreak(TestBroker broker, Faults faults) {
    faults.cut("orders", 3).duplicate("orders", 5).delay("orders", 7, Duration.ofMillis(50));
    try (var orders = new Orders(broker.uri().toString())) {
      for (int i = 0; i < 10; i++) {
        broker.inside().publish("orders", "order " + i);
      }

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(orders.count()).isEqualTo(10));
      assertThat(orders.missed()).isZero();
    }
  }

  @Test
  void lostOrderIsNoticed(TestBroker broker, Faults faults) {
    faults.drop("orders", 1);
    try (var orders = new Orders(broker.uri().toString())) {
      for (int i = 0; i < 3; i++) {
        broker.inside().publish("orders", "order " + i);
      }

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(orders.count()).isEqualTo(2));
      assertThat(orders.missed()).isEqualTo(1);
    }
  }

  @Test
  void slowNetworkIsNoReasonToFail(TestBroker broker, Faults faults) {
    faults.network().line(Line.GOOD.latency(Duration.ofMillis(40)).split(100));
    try (var orders = new Orders(broker.uri().toString())) {
      broker.emque().publish("orders", "one coffee");

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(orders.count()).isEqualTo(1));
    }
  }
}
