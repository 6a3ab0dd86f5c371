package io.emque.engine;

import static java.lang.System.Logger.Level.WARNING;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The time by which messages grow old: the wall clock's, without its jumps forward. A message that
 * is a minute old stays so when the machine's clock is set by a day, or the machine slept for one.
 * When all messages of before the jump have had their time, this clock follows. A jump back is
 * followed at once: messages stay for longer, within the limits by bytes and count. Any thread.
 */
final class AgeClock {
  private static final System.Logger LOG = System.getLogger(AgeClock.class.getName());

  /** Less is set right by those who keep clocks, bit by bit. */
  private static final long JUMP_NANOS = Duration.ofSeconds(10).toNanos();

  private final LongSupplier wall;
  private final LongSupplier steady;
  private final long ageNanos;

  // Under the monitor.
  private long lastWall;
  private long lastSteady;
  private long behind;
  private long followAt; // of the steady clock; when behind is not 0

  /**
   * @param wall nanoseconds since 1970
   * @param steady nanoseconds since whenever
   * @param ageNanos how long messages are kept; {@link Long#MAX_VALUE} for ever
   */
  AgeClock(LongSupplier wall, LongSupplier steady, long ageNanos) {
    this.wall = wall;
    this.steady = steady;
    this.ageNanos = ageNanos;
    this.lastWall = wall.getAsLong();
    this.lastSteady = steady.getAsLong();
  }

  /** Nanoseconds since 1970, or a little after. To be asked more often than clocks jump. */
  synchronized long nowNanos() {
    long wallNow = wall.getAsLong();
    long steadyNow = steady.getAsLong();
    long jump = wallNow - lastWall - (steadyNow - lastSteady);
    lastWall = wallNow;
    lastSteady = steadyNow;
    if (Math.abs(jump) > JUMP_NANOS) {
      jumped(jump, steadyNow);
    }
    if (behind > 0 && steadyNow - followAt >= 0) {
      behind = 0;
    }
    return wallNow - behind;
  }

  private void jumped(long jump, long steadyNow) {
    behind = Math.max(0, behind + jump);
    followAt = steadyNow + Math.min(ageNanos, Long.MAX_VALUE / 2);
    LOG.log(
        WARNING,
        () ->
            "the machine's clock was set "
                + (jump > 0 ? "forward" : "back")
                + " by "
                + Duration.ofNanos(Math.abs(jump)).toSeconds()
                + " s; messages are kept for as long as before");
  }
}
