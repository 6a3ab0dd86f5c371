package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
    Thread.currentThread().interrupt(); // ends the first wait at once
    alarm.parkUntil(System.nanoTime() + 20 * MILLISECOND, this);
    assertThat(Thread.interrupted()).isTrue();
    long due = System.nanoTime() + 60 * MILLISECOND;

    wait(alarm, due);

    assertThat(System.nanoTime() - due).isNotNegative();
  }

  @Test
  void wakesAtTheEarlierTimeWhenALaterOneWasSet() {
    var alarm = alarms.alarm();
    Thread.currentThread().interrupt();
    alarm.parkUntil(System.nanoTime() + HOUR, this);
    assertThat(Thread.interrupted()).isTrue();

    wait(alarm, System.nanoTime() + 20 * MILLISECOND);
  }

  @Test
  void aCancelledOneLeavesNoTimer() throws InterruptedException {
    var alarm = alarms.alarm();
    var parked = new CountDownLatch(1);
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  parked.countDown();
                  alarm.parkUntil(System.nanoTime() + HOUR, this);
                });
    parked.await();

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
    Thread thread = Thread.ofVirtual().start(() -> alarm.parkUntil(System.nanoTime() + HOUR, this));

    thread.interrupt();

    assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
  }

  /** As a reader does: again, until it is due. */
  private void wait(Alarms.Alarm alarm, long due) {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (due - System.nanoTime() > 0) {
      assertThat(limit - System.nanoTime()).isPositive();
      alarm.parkUntil(due, this);
    }
  }
}
