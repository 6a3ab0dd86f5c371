package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(100);

  private static BenchOptions options(int publishers, long count, long rate, Duration warmup) {
    return new BenchOptions(
        publishers,
        1,
        1,
        "",
        64,
        Protocol.WS,
        Protocol.WS,
        count,
        count > 0 ? Duration.ZERO : Duration.ofSeconds(1),
        warmup,
        rate,
        100,
        "",
        false);
  }

  @Test
  void messagesAreDueAtEvenIntervalsHoweverLateTheyGo() {
    var first = new Pace(options(2, 0, 1_000, Duration.ZERO), 0, 5_000, PATIENCE);
    var second = new Pace(options(2, 0, 1_000, Duration.ZERO), 1, 5_000, PATIENCE);

    assertThat(first.isDue(4_999)).isFalse();
    assertThat(first.take(5_000)).isEqualTo(5_000);
    assertThat(first.isDue(6_999)).isFalse();
    assertThat(first.take(900_000)).isEqualTo(7_000);
    assertThat(first.take(900_000)).isEqualTo(9_000);
    assertThat(second.take(900_000)).isEqualTo(6_000);
    assertThat(second.take(900_000)).isEqualTo(8_000);
  }

  @Test
  void whatWasDueInTimeGoesThoughTimeIsUp() {
    var pace = new Pace(options(1, 0, 10, Duration.ofSeconds(1)), 0, 0, PATIENCE);

    int taken = 0;
    while (!pace.over(60_000_000)) {
      pace.take(60_000_000);
      taken++;
    }

    assertThat(taken).isEqualTo(20);
    assertThat(pace.counted()).isEqualTo(10);
  }

  @Test
  void countIsSharedAndTheWarmUpNotPartOfIt() {
    long sum = 0;
    for (int publisher = 0; publisher < 3; publisher++) {
      var pace = new Pace(options(3, 10, 0, Duration.ofMillis(1)), publisher, 0, PATIENCE);
      pace.take(500);
      while (!pace.over(2_000)) {
        assertThat(pace.isDue(2_000)).isTrue();
        assertThat(pace.take(2_000)).isEqualTo(2_000);
      }
      sum += pace.counted();
    }

    assertThat(sum).isEqualTo(10);
  }

  @Test
  void whatWasDueIsGivenUpAfterAWhile() {
    var pace = new Pace(options(1, 0, 10, Duration.ZERO), 0, 0, Duration.ofSeconds(5));
    pace.take(1);
    pace.take(1);

    assertThat(pace.over(5_999_999)).isFalse();
    assertThat(pace.over(6_000_000)).isTrue();
    assertThat(pace.unsent()).isEqualTo(8);
  }
}
