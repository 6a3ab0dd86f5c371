package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HolesTest {
  private final Holes holes = new Holes();

  @Test
  void eachPlaceIsFilledOnce() {
    holes.add(10, 20);

    for (long place : new long[] {10, 19, 15, 14, 16}) {
      assertThat(holes.fill(place)).isTrue();
      assertThat(holes.fill(place)).isFalse();
    }
    assertThat(holes.fill(9)).isFalse();
    assertThat(holes.fill(20)).isFalse();
    assertThat(holes.fill(12)).isTrue();
  }

  @Test
  void oldOnesAreForgottenAndThenTakenForHoles() {
    for (long i = 0; i < 5_000; i++) {
      holes.add(i * 2, i * 2 + 1);
    }

    assertThat(holes.fill(0)).isTrue();
    assertThat(holes.fill(9_998)).isTrue();
    assertThat(holes.fill(9_999)).isFalse();
  }
}
