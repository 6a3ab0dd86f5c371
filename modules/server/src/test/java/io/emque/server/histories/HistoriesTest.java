package io.emque.server.histories;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every subscriber of every protocol sees its topic's log, whatever connections and topics do. The
 * seed is printed; {@code -Demque.seed=N} does alike again.
 */
class HistoriesTest {
  private static final Duration SHORT =
      Duration.ofSeconds(Integer.getInteger("emque.histories.seconds", 15));

  /** {@code -Psoak -Demque.soak.minutes=60}. */
  private static final Duration LONG =
      Duration.ofMinutes(Integer.getInteger("emque.soak.minutes", 60));

  @Test
  @Timeout(600)
  void everySubscriberSeesTheLog() throws Exception {
    assertSound(Long.getLong("emque.seed", anySeed()), SHORT);
  }

  @Test
  @Tag("soak")
  void everySubscriberSeesTheLogForHours() throws Exception {
    long ends = System.nanoTime() + LONG.toNanos();
    long seed = Long.getLong("emque.seed", anySeed());
    while (System.nanoTime() - ends < 0) {
      assertSound(seed++, SHORT);
    }
  }

  private static long anySeed() {
    return ThreadLocalRandom.current().nextLong(1_000_000_000);
  }

  private static void assertSound(long seed, Duration time) throws Exception {
    System.out.printf("histories, -Demque.seed=%d: begun%n", seed);
    HistoryRun.Outcome outcome = HistoryRun.run(seed, time);
    System.out.printf("histories, -Demque.seed=%d: %s%n", seed, outcome);

    assertThat(outcome.faults()).as("-Demque.seed=%d", seed).isEmpty();
    assertThat(outcome.sent()).isGreaterThan(100);
    assertThat(outcome.delivered()).isGreaterThan(outcome.sent());
    assertThat(outcome.resumed()).isPositive();
  }
}
