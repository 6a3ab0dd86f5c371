package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FlowTest {
  private final Heard heard = new Heard(Heard.OPTIONS);
  private final Answers answers = new Answers(heard.latencies.stripe(0), true);
  private final Flow flow = flow(List.of(heard.listener));

  private Flow flow(List<Listener> listeners) {
    return new Flow(heard.plan.streams().getFirst(), listeners, new Nowhere(answers), 4);
  }

  private static void take(Flow flow, int messages) {
    for (int i = 0; i < messages; i++) {
      assertThat(flow.hasRoom()).isTrue();
      flow.take();
    }
  }

  @Test
  void thereIsRoomUntilTheWindowIsFull() {
    take(flow, 4);
    assertThat(flow.hasRoom()).isFalse();

    heard.hear(0, 0, 1, 2);

    take(flow, 3);
    assertThat(flow.hasRoom()).isFalse();
  }

  @Test
  void publisherGoesOnWhenHalfOfTheWindowIsHeard() throws Exception {
    heard.listener.flows(List.of(flow));
    take(flow, 4);
    var waiting = CompletableFuture.runAsync(() -> flow.awaitRoom(() -> false));
    await().until(() -> heard.listener.waiters().get() > 0);

    heard.hear(0, 0, 1);

    waiting.get(30, TimeUnit.SECONDS);
    take(flow, 2);
    assertThat(flow.hasRoom()).isFalse();
  }

  @Test
  void whatIsLostHoldsNobodyUpForLong() {
    take(flow, 4);

    flow.awaitRoom(() -> false);

    take(flow, 4);
  }

  @Test
  void answersMakeRoomWhereNobodyListens() {
    var unheard = flow(List.of());
    for (int i = 0; i < 4; i++) {
      assertThat(unheard.hasRoom()).isTrue();
      unheard.take();
      answers.sent(i);
    }
    assertThat(unheard.hasRoom()).isFalse();

    answers.answered(3, 10);
    unheard.awaitRoom(() -> false);

    take(unheard, 3);
  }

  @Test
  void endOfTheRunEndsTheWaiting() {
    take(flow, 4);

    flow.awaitRoom(() -> true);

    assertThat(flow.hasRoom()).isFalse();
  }

  /** Sends nothing. */
  private record Nowhere(Answers answers) implements Lane {
    @Override
    public void send(Plan.Stream stream, long place, long dueMicros) {}

    @Override
    public void flush() {}

    @Override
    public void watch() {}

    @Override
    public void close() {}
  }
}
