package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.cli.bench.Listener.Faults;
import org.junit.jupiter.api.Test;

class ListenerTest {
  private final Heard heard = new Heard(Heard.options(3, 1, 1, Protocol.WS, Protocol.WS, 100));
  private final Listener listener = heard.listener;

  @Test
  void streamsAreCheckedEachByItself() {
    heard.hear(0, 0, 1, 2);
    heard.hear(2, 0, 1);
    heard.hear(0, 3);

    heard.assertCounts(6, Faults.NONE);
    assertThat(listener.next(0)).isEqualTo(4);
    assertThat(listener.next(1)).isZero();
    assertThat(listener.next(2)).isEqualTo(2);
  }

  @Test
  void lossIsWhatDidNotCome() {
    heard.hear(0, 0, 1, 5, 6);

    heard.assertCounts(4, Faults.NONE);
    assertThat(listener.next(0)).isEqualTo(7);
  }

  @Test
  void lateAndRepeatedMessagesAreToldApart() {
    heard.hear(0, 0, 3, 1, 2, 2, 3, 0);

    heard.assertCounts(4, new Faults(3, 2, 0, 0));
  }

  @Test
  void strangersAndDamageAreCountedApart() {
    byte[] bytes = heard.message(0, 0);
    long first = Stamp.first(bytes, 0);
    long second = Stamp.second(bytes, 0);
    Stamp.write(bytes, 0, Heard.RUN + 1, 0, 0, 0);
    listener.begin(Times.micros());
    listener.message(Stamp.first(bytes, 0), Stamp.second(bytes, 0), bytes.length);
    listener.message(first, second, bytes.length - 1);
    listener.end();

    heard.assertCounts(0, new Faults(0, 0, 1, 1));
  }

  @Test
  void probeCountsForNothing() {
    assertThat(listener.probed()).isFalse();

    heard.hear(1, Stamp.PROBE, Stamp.PROBE, 0);

    assertThat(listener.probed()).isTrue();
    assertThat(heard.probed.getCount()).isZero();
    heard.assertCounts(1, Faults.NONE);
  }

  @Test
  void messagesOfTheWarmUpAreCheckedAndNotTimed() {
    listener.measureFrom(Times.micros() + 60_000_000);
    heard.hear(0, 0, 1);
    listener.measureFrom(0);
    heard.hear(0, 2);

    assertThat(listener.got()).isEqualTo(3);
    assertThat(listener.measured()).isEqualTo(1);
    assertThat(heard.latencies.sum().getTotalCount()).isEqualTo(1);
  }
}
