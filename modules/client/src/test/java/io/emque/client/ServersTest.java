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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ServersTest {
  private static final Duration SOON = Duration.ofMillis(20);
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
          return new Resolution(now, SOON);
        }
      };

  @Test
  void changeIsSeenAndTold() {
    var told = new AtomicInteger();
    try (var servers = new Servers(List.of("x"), resolver, SOON)) {
      servers.onChange(told::incrementAndGet);
      assertThat(servers.current()).containsExactly(A);

      answer = () -> List.of(A, B);

      await().untilAsserted(() -> assertThat(servers.current()).containsExactly(A, B));
      await().untilAsserted(() -> assertThat(told).hasValue(1));
    }
  }

  @Test
  void nameThatFailsKeepsItsLastGoodAnswer() {
    try (var servers = new Servers(List.of("x"), resolver, SOON)) {
      assertThat(servers.current()).containsExactly(A);

      answer = List::of;
      int before = lookups.get();
      await().untilAsserted(() -> assertThat(lookups.get()).isGreaterThan(before + 2));

      assertThat(servers.current()).containsExactly(A);

      answer = () -> List.of(B);
      await().untilAsserted(() -> assertThat(servers.current()).containsExactly(B));
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

  @Test
  void errorOfAStrangersResolverDoesNotEndTheLookUps() {
    try (var servers = new Servers(List.of("x"), resolver, SOON)) {
      assertThat(servers.current()).containsExactly(A);
      answer =
          () -> {
            throw new NoClassDefFoundError("gone");
          };
      int before = lookups.get();
      await().untilAsserted(() -> assertThat(lookups.get()).isGreaterThan(before + 1));
      assertThat(servers.current()).containsExactly(A);

      answer = () -> List.of(B);

      await().untilAsserted(() -> assertThat(servers.current()).containsExactly(B));
    }
  }

  @Test
  void answerThatLastsForEverIsLookedUpOnce() {
    try (var servers = new Servers(List.of("x"), lasting(Duration.ofSeconds(Long.MAX_VALUE)))) {
      assertThat(servers.current()).containsExactly(A);
      assertThat(servers.current()).containsExactly(A);
      assertThat(lookups).hasValue(1);
    }
  }

  @Test
  void manyWhoAskFirstShareOneLookUp() throws Exception {
    var asked = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    answer =
        () -> {
          asked.countDown();
          awaitQuietly(go);
          return List.of(A);
        };
    try (var servers = new Servers(List.of("x"), lasting(Duration.ofHours(1)));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = threads.submit(servers::current);
      asked.await();
      var second = threads.submit(servers::current);
      go.countDown();

      assertThat(first.get()).containsExactly(A);
      assertThat(second.get()).containsExactly(A);
      assertThat(lookups).hasValue(1);
    }
  }

  private Resolver lasting(Duration ttl) {
    return new Resolver() {
      @Override
      public String name() {
        return "test";
      }

      @Override
      public Resolution resolve(String server) throws IOException {
        return new Resolution(resolver.resolve(server).servers(), ttl);
      }
    };
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
