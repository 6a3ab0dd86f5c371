package io.emque.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final Duration FIRST = Duration.ofNanos(100);
  private static final Duration MAX = Duration.ofNanos(1_500);

  /** Always the largest that may come, or always the smallest. */
  private static Backoff backoff(boolean largest) {
    RandomGenerator random =
        new RandomGenerator() {
          @Override
          public long nextLong() {
            throw new AssertionError("only of a range");
          }

          @Override
          public long nextLong(long bound) {
            return largest ? bound - 1 : 0;
          }
        };
    return new Backoff(FIRST, MAX, random);
  }

  @Test
  void waitDoublesUpToTheLimit() {
    var backoff = backoff(true);

    assertThat(new long[] {backoff.nextNanos(), backoff.nextNanos(), backoff.nextNanos()})
        .containsExactly(100, 200, 400);
    assertThat(new long[] {backoff.nextNanos(), backoff.nextNanos(), backoff.nextNanos()})
        .containsExactly(800, 1_500, 1_500);
  }

  @Test
  void halfOfTheWaitIsLeftToChance() {
    var backoff = backoff(false);

    assertThat(new long[] {backoff.nextNanos(), backoff.nextNanos(), backoff.nextNanos()})
        .containsExactly(50, 100, 200);
  }

  @Test
  void waitStaysAtTheLimitHoweverOftenItFails() {
    var backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1), new Random(1));
    for (int i = 0; i < 200; i++) {
      assertThat(backoff.nextNanos()).isBetween(25_000_000L, 1_000_000_000L);
    }
    assertThat(backoff.nextNanos()).isGreaterThanOrEqualTo(500_000_000L);
  }

  @Test
  void attemptThatWentWellBeginsAnew() {
    var backoff = backoff(true);
    backoff.nextNanos();
    backoff.nextNanos();

    backoff.reset();

    assertThat(backoff.nextNanos()).isEqualTo(100);
  }
}
