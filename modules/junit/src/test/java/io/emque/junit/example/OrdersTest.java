package io.emque.junit.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.client.Emque;
import io.emque.junit.EmqueTest;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@EmqueTest
class OrdersTest {
  @Test
  void ordersAreCounted(URI broker, Emque emque) {
    try (var orders = new Orders(broker.toString())) {
      emque.publish("orders", "one coffee");
      emque.publish("orders", "two teas");

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(orders.count()).isEqualTo(2));
    }
  }
}
