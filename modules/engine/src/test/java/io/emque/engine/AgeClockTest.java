package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AgeClockTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long HOUR = 3_600 * SECOND;
  private static final long DAY = 24 * HOUR;

  private long wall = 1_000 * DAY;
  private long steady = -5;
  private final AgeClock clock = new AgeClock(() -> wall, () -> steady, HOUR);

  @Test
  void itIsTheWallClockThatRunsAndDrifts() {
    pass(HOUR);
    wall += SECOND;

    assertThat(clock.nowNanos()).isEqualTo(wall);
  }

  @Test
  void messagesGrowNoOlderByAJumpForward() {
    long appended = wall;
    pass(HOUR / 2);
    wall += DAY;

    assertThat(clock.nowNanos() - appended).isEqualTo(HOUR / 2);
    pass(HOUR / 4);
    assertThat(clock.nowNanos() - appended).isEqualTo(HOUR * 3 / 4);
  }

  @Test
  void messagesOfAfterTheJumpAreKeptForTheirTimeAndNoLonger() {
    wall += DAY;
    assertThat(clock.nowNanos()).isEqualTo(wall - DAY);
    long appended = wall;
    pass(HOUR - SECOND);
    assertThat(clock.nowNanos() - appended).isNegative();

    pass(SECOND);

    assertThat(clock.nowNanos() - appended).isEqualTo(HOUR);
  }

  @Test
  void jumpBackTakesAJumpForwardBackAndElseIsFollowed() {
    wall += DAY;
    clock.nowNanos();
    wall -= DAY;
    assertThat(clock.nowNanos()).isEqualTo(wall);

    wall -= DAY;

    assertThat(clock.nowNanos()).isEqualTo(wall);
  }

  @Test
  void whatIsKeptForEverNeverGrowsOldByAJump() {
    var forever = new AgeClock(() -> wall, () -> steady, Long.MAX_VALUE);
    wall += DAY;
    forever.nowNanos();
    pass(365 * DAY);

    assertThat(forever.nowNanos()).isEqualTo(wall - DAY);
  }

  private void pass(long nanos) {
    wall += nanos;
    steady += nanos;
  }
}
