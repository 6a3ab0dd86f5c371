package io.emque.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.emque.api.BrokerException;
import io.emque.api.spi.Resolver;
import io.emque.api.spi.ServerAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ServersTest {
  private static final ServerAddress A = ServerAddress.parse("a");
  private static final ServerAddress B = ServerAddress.parse("b");

  private volatile Supplier<List<ServerAddress>> answer = () -> List.of(A);
  private final AtomicInteger lookups = new AtomicInteger();
  private final Resolver resolver =
      new Resolver() {
        @Override
        public String name() {
          return "test";
        }

        @Override
        public Resolution resolve(String server) throws IOException {
          lookups.incrementAndGet();
          List<ServerAddress> now = answer.get();
          if (now == null) {
            throw new IOException("no answer");
          }
          return new Resolution(now, Duration.ofMillis(20));
        }
      };

  @Test
  void changeIsSeenAndTold() {
    var told = new AtomicInteger();
    try (var servers = new Servers(List.of("x"), resolver)) {
      servers.onChange(told::incrementAndGet);
      assertThat(servers.current()).containsExactly(A);

      answer = () -> List.of(A, B);

      await().untilAsserted(() -> assertThat(servers.current()).containsExactly(A, B));
      await().untilAsserted(() -> assertThat(told).hasValue(1));
    }
  }

  @Test
  void nameThatFailsKeepsItsLastGoodAnswer() {
    try (var servers = new Servers(List.of("x"), resolver)) {
      assertThat(servers.current()).containsExactly(A);

      answer = List::of;
      int before = lookups.get();
      await().untilAsserted(() -> assertThat(lookups.get()).isGreaterThan(before));

      assertThat(servers.current()).containsExactly(A);
    }
  }

  @Test
  void namesThatWereNeverFoundAreNamedWithTheReason() {
    answer = () -> null;
    try (var servers = new Servers(List.of("x", "y"), resolver)) {
      assertThatThrownBy(servers::current)
          .isInstanceOf(BrokerException.class)
          .hasMessageContaining("x: no answer")
          .hasMessageContaining("y: no answer");
    }
  }

  @Test
  void orderIsThatOfTheNamesAndAServerBehindTwoOfThemCountsOnce() {
    answer = () -> List.of(B, A);
    try (var servers = new Servers(List.of("x", "y"), resolver)) {
      assertThat(servers.current()).containsExactly(B, A);
      assertThat(lookups).hasValue(2);
    }
  }
}
