package io.emque.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.api.BrokerException;
import io.emque.api.Publication;
import io.emque.cli.ServeProcessTest.Broker;
import io.emque.client.Emque;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Processes are stopped in the midst of traffic, for longer than the others wait for their signs of
 * life, and go on (SIGSTOP, SIGCONT): a broker, and a proxy before it.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PauseProcessTest {
  private static final int CLIENTS = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** Two missed signs of life are the end of a connection; one is due each second. */
  private static final Duration PAUSE = Duration.ofSeconds(4);

  private static final String[] QUICK = {
    "--address=127.0.0.1:0", "--tls=off", "--access_log=off", "--heartbeat=1s"
  };

  private final AtomicBoolean enough = new AtomicBoolean();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger again = new AtomicInteger();

  @AfterEach
  void end() {
    enough.set(true);
  }

  @Test
  void nothingIsLostDoubledOrOutOfOrder() throws Exception {
    try (var broker = Broker.start(QUICK);
        var proxy = Broker.start(proxyBefore(broker));
        var direct = client(broker);
        var proxied = client(proxy)) {
      List<Received> received =
          new ArrayList<>(Received.subscribe(direct, CLIENTS, false)); // gaps are faults
      received.addAll(Received.subscribe(proxied, CLIENTS, false));
      var publishing = CompletableFuture.runAsync(() -> publishUntilEnough(direct));
      Received.awaitAll(received, 20);

      pause(broker);
      Received.awaitAll(received, accepted.get() + 20);
      pause(proxy);
      Received.awaitAll(received, accepted.get() + 20);

      enough.set(true);
      publishing.get(60, TimeUnit.SECONDS);
      int count = accepted.get();
      Received.awaitAll(received, count);
      assertThat(received).extracting(Received::fault).containsOnlyNulls();
      assertThat(direct.topic("foo").orElseThrow().nextOffset()).isEqualTo(count);
      System.out.printf(
          "%d messages to %d subscribers, broker and proxy stopped for %d s meanwhile; %d publishes were"
              + " given up and sent again; none lost, none twice%n",
          count, received.size(), PAUSE.toSeconds(), again.get());
    }
  }

  private static String[] proxyBefore(Broker broker) {
    String[] all = Arrays.copyOf(QUICK, QUICK.length + 2);
    all[QUICK.length] = "--proxy";
    all[QUICK.length + 1] = "--servers=http://127.0.0.1:" + broker.port();
    return all;
  }

  private static Emque client(Broker broker) {
    return Emque.builder()
        .servers("http://127.0.0.1:" + broker.port())
        .timeout(Duration.ofSeconds(60)) // the machine may be busy
        .connect();
  }

  /** What is not answered is sent again under its id, as a program would. */
  private void publishUntilEnough(Emque client) {
    while (!enough.get()) {
      int number = accepted.get();
      try {
        client.publish("foo", Publication.of(Integer.toString(number)).id("n" + number));
        accepted.incrementAndGet();
      } catch (BrokerException refused) {
        assertThat(refused.retryable()).as(refused.getMessage()).isTrue();
        again.incrementAndGet();
      }
    }
  }

  private static void pause(Broker process) throws Exception {
    process.signal("STOP");
    await().pollDelay(PAUSE).atMost(PATIENCE).until(() -> true);
    process.signal("CONT");
  }
}
