package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AlarmsTest {
  private static final long MILLISECOND = 1_000_000;
  private static final long HOUR = 3_600_000 * MILLISECOND;

  private final Alarms alarms = new Alarms();

  @AfterEach
  void closeAlarms() {
    alarms.close();
  }

  @Test
  void wakesWhenItIsDue() {
    var alarm = alarms.alarm();
    long due = System.nanoTime() + 20 * MILLISECOND;

    wait(alarm, due);

    assertThat(System.nanoTime() - due).isNotNegative();
  }

  @Test
  void wakesAtTheLaterTimeWhenAnEarlierWaitWasCutShort() {
    var alarm = alarms.alarm();
    alarm.set(System.nanoTime() + 20 * MILLISECOND);
    long due = System.nanoTime() + 60 * MILLISECOND;

    wait(alarm, due);

    assertThat(System.nanoTime() - due).isNotNegative();
  }

  @Test
  void wakesAtTheEarlierTimeWhenALaterOneWasSet() {
    var alarm = alarms.alarm();
    alarm.set(System.nanoTime() + HOUR);

    wait(alarm, System.nanoTime() + 20 * MILLISECOND);
  }

  @Test
  void aCancelledOneLeavesNoTimer() throws InterruptedException {
    var alarm = alarms.alarm();
    var set = new CountDownLatch(1);
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  alarm.set(System.nanoTime() + HOUR);
                  set.countDown();
                  LockSupport.park(this);
                });
    set.await();

    alarm.cancel();
    thread.interrupt();
    thread.join();
    alarm.cancel();

    assertThat(alarms.pending()).isZero();
  }

  @Test
  void waitsOnWhenTheAlarmsAreClosed() throws InterruptedException {
    var alarm = alarms.alarm();
    alarms.close();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  alarm.set(System.nanoTime() + HOUR);
                  LockSupport.park(this);
                });

    thread.interrupt();

    assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
  }

  /** As a reader does: again, until it is due. */
  private void wait(Alarms.Alarm alarm, long due) {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (due - System.nanoTime() > 0) {
      assertThat(limit - System.nanoTime()).isPositive();
      alarm.set(due);
      LockSupport.park(this);
    }
  }
}
