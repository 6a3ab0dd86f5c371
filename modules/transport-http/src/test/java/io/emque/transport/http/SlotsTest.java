package io.emque.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SlotsTest {
  @Test
  void manySubscribersAreSpreadEvenly() {
    var slots = new Slots(9_000, Duration.ofSeconds(10));

    var tenths = new int[10];
    for (int i = 0; i < 9_000; i++) {
      tenths[(int) (slots.nextMillis() / 1_000)]++;
    }

    assertThat(Arrays.stream(tenths).boxed()).allSatisfy(n -> assertThat(n).isBetween(890, 910));
  }

  @Test
  void fewSubscribersNeedNotWaitForLong() {
    var slots = new Slots(20, Duration.ofSeconds(10));

    for (int i = 0; i < 20; i++) {
      assertThat(slots.nextMillis()).isBetween(0L, 199L);
    }
  }

  @Test
  void whoCameTooLateToBeCountedComesBackAtOnce() {
    var slots = new Slots(0, Duration.ofSeconds(10));

    assertThat(slots.nextMillis()).isZero();
  }
}
