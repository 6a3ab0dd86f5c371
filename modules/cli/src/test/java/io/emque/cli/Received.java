package io.emque.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.SubscribeOptions;
import io.emque.client.Emque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** What one of many subscribers got: 0, 1, 2 … or a fault. */
final class Received {
  private static final int AT_ONCE = 64; // that connect
  private static final int PATIENCE_SECONDS = 120;
  private static final int CLIENTS_A_SECOND = 50; // that get more of it

  private final boolean anew;
  private int next;
  private boolean repeated;
  private volatile String fault;
  private int awaited;
  private CountDownLatch reached = new CountDownLatch(0);

  private Received(boolean anew) {
    this.anew = anew;
  }

  /**
   * Subscribes to {@code foo} many times.
   *
   * @param anew whether the broker begins anew meanwhile: then a gap is told, and one message may
   *     come again, whose publisher had no answer from the first and whose id the second does not
   *     know
   */
  static List<Received> subscribe(Emque client, int count, boolean anew) throws Exception {
    var received = new ArrayList<Received>();
    var turns = new Semaphore(AT_ONCE);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var begun = new ArrayList<Future<?>>();
      for (int i = 0; i < count; i++) {
        var each = new Received(anew);
        received.add(each);
        begun.add(
            threads.submit(
                () -> {
                  turns.acquireUninterruptibly();
                  try {
                    client.subscribe("foo", SubscribeOptions.DEFAULT, each::take);
                  } finally {
                    turns.release();
                  }
                }));
      }
      for (var each : begun) {
        each.get();
      }
    }
    return received;
  }

  /**
   * Publishes 0, 1, 2 … one after the other, and again what is refused for now.
   *
   * @param accepted counts them
   */
  static void publishUntil(AtomicBoolean enough, Emque client, AtomicInteger accepted) {
    while (!enough.get()) {
      try {
        client.publish("foo", Integer.toString(accepted.get()));
        accepted.incrementAndGet();
      } catch (BrokerException refused) {
        assertThat(refused.retryable()).as(refused.getMessage()).isTrue();
      }
    }
  }

  static void awaitAll(List<Received> received, int messages) throws Exception {
    for (Received each : received) {
      each.await(messages, received.size());
    }
  }

  String fault() {
    return fault;
  }

  private synchronized void take(Delivery delivery) {
    switch (delivery) {
      case Message message -> take(Integer.parseInt(new String(message.payload(), US_ASCII)));
      case Gap gap -> fault(anew ? null : "was told " + gap);
    }
  }

  private void take(int number) {
    if (anew && number == next - 1 && !repeated) {
      repeated = true;
      return;
    }
    fault(number == next ? null : "got " + number + " where " + next + " was due");
    next++;
    if (next >= awaited) {
      reached.countDown();
    }
  }

  private void fault(String found) {
    if (fault == null) {
      fault = found;
    }
  }

  private void await(int messages, int clients) throws InterruptedException {
    CountDownLatch latch;
    synchronized (this) {
      awaited = messages;
      latch = new CountDownLatch(next >= messages ? 0 : 1);
      reached = latch;
    }
    assertThat(latch.await(PATIENCE_SECONDS + clients / CLIENTS_A_SECOND, TimeUnit.SECONDS))
        .as("%d messages; %s", messages, fault)
        .isTrue();
  }
}
