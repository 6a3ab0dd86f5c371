package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How topics on disk are opened, looked after and removed. */
@Timeout(120)
class DiskTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final SubscribeOptions EARLIEST =
      SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);

  private final HeapStore store = new HeapStore();
  private final AtomicReference<Instant> clock = new AtomicReference<>(Instant.now());
  private MemoryBroker broker = start(Persistence.of(store, SyncMode.OS));

  @AfterEach
  void stop() {
    broker.close();
  }

  private MemoryBroker start(Persistence persistence) {
    return new MemoryBroker(EngineOptions.DEFAULT, clock::get, persistence);
  }

  private void restart(Persistence persistence) {
    broker.close();
    broker = start(persistence);
  }

  private static Persistence keeping(HeapStore store, long count) {
    return new Persistence(store, SyncMode.OS, 0, Duration.ZERO, count, 0, 0);
  }

  private static Message next(Subscription subscription) throws InterruptedException {
    Delivery delivery = subscription.poll(PATIENCE);
    assertThat(delivery).isInstanceOf(Message.class);
    return (Message) delivery;
  }

  private static BrokerException refusal(Runnable publish) {
    try {
      publish.run();
    } catch (BrokerException e) {
      return e;
    }
    throw new AssertionError("it was taken");
  }

  @Test
  void readersAtTheTailNeverTouchTheDisk() throws Exception {
    broker.publish("foo", "message 0");
    restart(Persistence.of(store, SyncMode.OS)); // memory begins behind what is on disk
    broker.publish("foo", "message 1"); // finds out which ids it knows
    store.reads.set(0);
    try (var one = broker.subscribe("foo", SubscribeOptions.DEFAULT);
        var other = broker.subscribe("foo", SubscribeOptions.DEFAULT)) {
      for (int i = 2; i < 5_000; i++) {
        broker.publish("foo", "message " + i);
        assertThat(next(one).offset()).isEqualTo(i);
        if (i % 100 == 0) {
          for (int behind = Math.max(2, i - 99); behind <= i; behind++) {
            assertThat(next(other).offset()).isEqualTo(behind);
          }
        }
      }
    }
    assertThat(store.reads).hasValue(0);

    try (var past = broker.subscribe("foo", EARLIEST)) {
      next(past);
    }
    assertThat(store.reads.get()).isPositive(); // it is counted
  }

  @Test
  void openingATopicHoldsUpNoOther() throws Exception {
    broker.publish("slow", "x");
    store.slowTopic = "slow";
    store.opening = new CountDownLatch(1);
    restart(Persistence.of(store, SyncMode.OS));
    var slow = CompletableFuture.supplyAsync(() -> broker.publish("slow", "y"));
    assertThat(store.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    for (int i = 0; i < 200; i++) { // some of which share whatever a table has few of
      broker.publish("topic " + i, "x");
      assertThat(broker.topic("topic " + i)).isPresent();
      assertThat(broker.delete("topic " + i)).isTrue();
    }

    assertThat(slow).isNotDone();
    store.opening.countDown();
    assertThat(slow.get(60, TimeUnit.SECONDS).cursor().offset()).isEqualTo(1);
  }

  @Test
  void topicsThatNobodyAskedForAreKeptToTheLimitsToo() {
    for (int i = 0; i < 100; i++) {
      broker.publish("foo", "x");
      broker.publish("bar", "x");
    }
    store.unlisted = "bar"; // whose trouble is its own

    restart(keeping(store, 50));

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(store.log("foo").firstOffset()).isEqualTo(50));
    assertThat(store.log("bar").firstOffset()).isZero();
  }

  @Test
  void nothingIsRememberedOfTopicsWithoutMessages() {
    try (var disk =
        new Disk(Persistence.of(store, SyncMode.OS), new Epochs(), new NameLocks(), () -> 0)) {
      StoredTail unused = disk.tail("foo");
      assertThat(disk.tail("foo")).isSameAs(unused);

      disk.forgetUnused("foo");

      assertThat(disk.tail("foo")).isNotSameAs(unused);
    }
  }

  @Test
  void deletingATopicWhoseDiskFailedEndsTheTrouble() {
    broker.publish("foo", "x");
    store.broken = true;
    assertThat(refusal(() -> broker.publish("foo", "y")).code()).isEqualTo(ErrorCode.STORE_FAILED);
    assertThat(broker.trouble()).isPresent();
    store.broken = false;

    broker.delete("foo");

    assertThat(broker.trouble()).isEmpty();
    assertThat(broker.publish("foo", "z").cursor().offset()).isZero();
  }

  @Test
  void topicThatWasThereThoughNotListedIsNotMistakenForANewOne() {
    broker.publish("foo", "x");
    store.hidden = true;
    restart(Persistence.of(store, SyncMode.OS));

    assertThat(refusal(() -> broker.publish("foo", "y")))
        .hasMessageContaining("it was there already, though not listed");

    store.hidden = false;
    restart(Persistence.of(store, SyncMode.OS));
    assertThat(broker.publish("foo", "y").cursor().offset()).isEqualTo(1);
  }

  @Test
  void clockThatGoesBackHoldsTheTimesWhereTheyWere() throws Exception {
    broker.publish("foo", Publication.of("a").id("i"));
    Instant before = clock.get();
    clock.set(before.minusSeconds(3_600));
    broker.publish("foo", "b");
    restart(Persistence.of(store, SyncMode.OS));
    broker.publish("foo", "c");

    assertThat(broker.publish("foo", Publication.of("a").id("i")).duplicate()).isTrue();
    clock.set(before.plusSeconds(1));
    broker.publish("foo", "d");
    try (var subscription = broker.subscribe("foo", EARLIEST)) {
      long first = next(subscription).timeNanos();
      assertThat(first).isEqualTo(MemoryBroker.epochNanos(before));
      assertThat(next(subscription).timeNanos()).isEqualTo(first);
      assertThat(next(subscription).timeNanos()).isEqualTo(first);
      assertThat(next(subscription).timeNanos()).isEqualTo(first + 1_000_000_000);
    }
    var since = SubscribeOptions.DEFAULT.from(new StartPosition.Since(before.plusMillis(1)));
    try (var subscription = broker.subscribe("foo", since)) {
      assertThat(next(subscription).text()).isEqualTo("d");
    }
  }

  @Test
  @Tag("whole")
  void topicIsDeletedWhileItIsPublishedToAndRead() throws Exception {
    var threads = new ArrayList<Thread>();
    var failures = new ArrayList<Throwable>();
    for (int i = 0; i < 4; i++) {
      boolean reads = i >= 2;
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int n = 0; n < 2_000; n++) {
                        if (reads) {
                          readAFew();
                        } else {
                          broker.publish("foo", Publication.of("x").id("i" + n % 50));
                        }
                      }
                    } catch (RuntimeException | InterruptedException e) {
                      synchronized (failures) {
                        failures.add(e);
                      }
                    }
                  }));
    }
    while (threads.stream().limit(2).anyMatch(Thread::isAlive)) {
      broker.delete("foo");
    }
    for (Thread thread : threads) {
      assertThat(thread.join(PATIENCE)).isTrue();
    }

    assertThat(failures).isEmpty();
    broker.delete("foo");
    assertThat(broker.publish("foo", "y").cursor().offset()).isZero();
    assertThat(broker.topics(null, 10)).hasSize(1);
  }

  private void readAFew() throws InterruptedException {
    try (var subscription = broker.subscribe("foo", EARLIEST)) {
      subscription.poll(Duration.ofMillis(1));
      subscription.poll(Duration.ofMillis(1));
    } catch (BrokerException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_UNKNOWN);
    }
  }
}
