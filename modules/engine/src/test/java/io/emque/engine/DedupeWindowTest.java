package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DedupeWindowTest {
  private static final long TWO_MINUTES = Duration.ofMinutes(2).toNanos();

  private final Memory memory = new Memory(1L << 30);
  private final DedupeWindow window = new DedupeWindow(memory);

  @Test
  void idIsTakenOnceAndKeepsItsFirstOffset() {
    assertThat(window.take("a", 7, 0)).isEqualTo(-1);
    long one = memory.used();
    assertThat(one).isPositive();

    assertThat(window.take("a", 9, 1)).isEqualTo(7);
    assertThat(memory.used()).isEqualTo(one);
    assertThat(window.take("A", 9, 1)).isEqualTo(-1);
  }

  @Test
  void tenThousandAreKeptAndTheOldestGoFirst() {
    for (int i = 0; i < 10_001; i++) {
      assertThat(window.take("id-" + i, i, 0)).isEqualTo(-1);
    }

    window.trim();

    assertThat(window.take("id-1", -5, 0)).isEqualTo(1);
    assertThat(window.take("id-0", 10_001, 0)).isEqualTo(-1);
  }

  @Test
  void idIsForgottenAfterTwoMinutesAndNotBefore() {
    window.take("a", 0, 100);
    window.take("b", 1, 200);

    window.expire(100 + TWO_MINUTES - 1);
    assertThat(window.take("a", 5, 300)).isZero();

    window.expire(100 + TWO_MINUTES);
    assertThat(window.isEmpty()).isFalse();
    assertThat(window.take("b", 5, 300)).isEqualTo(1);
    assertThat(window.take("a", 5, 300)).isEqualTo(-1);
  }

  @Test
  void itsMemoryIsGivenBackToTheByte() {
    for (int i = 0; i < 100; i++) {
      window.take("id-" + i, i, i);
    }
    window.forget("id-50");
    window.forget("never seen");
    assertThat(window.take("id-50", 100, 50)).isEqualTo(-1);

    window.expire(1_000 + TWO_MINUTES);

    assertThat(window.isEmpty()).isTrue();
    assertThat(memory.used()).isZero();
  }
}
