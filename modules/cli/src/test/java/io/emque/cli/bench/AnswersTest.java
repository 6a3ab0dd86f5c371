package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AnswersTest {
  private final Latencies latencies = new Latencies();
  private final Answers answers = new Answers(latencies.stripe(0), true);

  @Test
  void eachMessageIsTimedFromWhenItWasDue() {
    answers.measureFrom(0);
    for (int i = 0; i < 100; i++) {
      answers.sent(1_000 + i / 2);
    }

    answers.answered(51, 2_000);
    answers.answered(100, 3_000);

    assertThat(answers.unanswered()).isZero();
    assertThat(answers.measured()).isEqualTo(100);
    var times = latencies.sum();
    assertThat(times.getTotalCount()).isEqualTo(100);
    assertThat(times.getMinValue()).isEqualTo(975);
    assertThat(times.getCountBetweenValues(900, 1_100)).isEqualTo(51);
    assertThat(times.getMaxValue()).isBetween(1_974L, 1_976L);
  }

  @Test
  void whatWasDueBeforeIsNotTimed() {
    answers.measureFrom(500);
    answers.sent(499);
    answers.sent(500);

    answers.answered(2, 600);

    assertThat(answers.measured()).isEqualTo(1);
    assertThat(answers.lastMicros()).isEqualTo(600);
  }

  @Test
  void manyAreKeptInBoundedMemory() {
    answers.measureFrom(0);
    for (int i = 0; i < 200_000; i++) {
      answers.sent(i);
    }

    answers.answered(200_000, 200_000);

    assertThat(answers.measured()).isEqualTo(200_000);
  }
}
