package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.emque.api.Ack;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.TopicInfo;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Topics that go on where memory ends, and after a restart. */
@Timeout(60)
class PersistenceTest {
  private static final SubscribeOptions EARLIEST =
      SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);
  private static final EngineOptions SMALL = EngineOptions.DEFAULT.retainBytes(4_096);

  private final HeapStore store = new HeapStore();
  private MemoryBroker broker = broker(SyncMode.OS);

  @AfterEach
  void stop() {
    broker.close();
  }

  private MemoryBroker broker(SyncMode sync) {
    return broker(Persistence.of(store, sync));
  }

  private static MemoryBroker broker(Persistence persistence) {
    return new MemoryBroker(SMALL, InstantSource.system(), persistence);
  }

  private void restart() {
    broker.close();
    broker = broker(SyncMode.OS);
  }

  private void publish(int from, int to) {
    for (int i = from; i < to; i++) {
      broker.publish("foo", "message " + i);
    }
  }

  private static Delivery next(Subscription subscription) throws InterruptedException {
    Delivery delivery = subscription.poll(Duration.ofSeconds(10));
    if (delivery == null) {
      throw new AssertionError("nothing came");
    }
    return delivery;
  }

  private static void assertReads(Subscription subscription, int from, int to)
      throws InterruptedException {
    for (int i = from; i < to; i++) {
      Delivery delivery = next(subscription);
      assertThat(delivery).isInstanceOf(Message.class);
      assertThat(((Message) delivery).text()).isEqualTo("message " + i);
      assertThat(((Message) delivery).offset()).isEqualTo(i);
    }
  }

  @ParameterizedTest
  @EnumSource(SyncMode.class)
  void answerSaysWhatTheModePromises(SyncMode sync) {
    broker.close();
    broker = broker(sync);

    Published published = broker.publish("foo", "x");

    assertThat(published.ack()).isEqualTo(sync == SyncMode.OS ? Ack.OS : Ack.FSYNC);
    if (sync != SyncMode.OS) {
      assertThat(store.forced.get()).isPositive();
    }
  }

  @Test
  void answerWaitsForTheDiskAndNotOneMessageForAnother() {
    broker.close();
    broker = broker(SyncMode.ALWAYS);
    store.forcing = new CountDownLatch(1);
    Appender appender = broker.appender("foo");

    CompletableFuture<Published> first = appender.appendAsync(Publication.of("a"));
    CompletableFuture<Published> second = appender.appendAsync(Publication.of("b"));

    assertThat(broker.topic("foo").orElseThrow().nextOffset()).isEqualTo(2);
    assertThat(first).isNotDone();
    assertThat(second).isNotDone();
    store.forcing.countDown();
    assertThat(first.join().ack()).isEqualTo(Ack.FSYNC);
    assertThat(second.join().cursor().offset()).isEqualTo(1);
  }

  @Test
  void diskIsForcedInTheBackground() {
    publish(0, 1);

    await().atMost(Duration.ofSeconds(10)).until(() -> store.forced.get() > 0);
  }

  @Test
  void closingForcesWhatIsLeft() {
    publish(0, 1);

    broker.close();

    assertThat(store.forced.get()).isPositive();
  }

  @Test
  void epochOffsetsAndMessagesOutliveTheBroker() throws Exception {
    var published =
        broker.publish("foo", new Publication(new byte[] {1, 2}, "i", Map.of("k", "v")));
    broker.publish("foo", "message 1");

    restart();

    assertThat(broker.topics(null, 10)).extracting(TopicInfo::name).containsExactly("foo");
    assertThat(broker.topic("foo").orElseThrow())
        .isEqualTo(new TopicInfo("foo", published.cursor().epoch(), 0, 2, 0, java.util.List.of()));
    try (var subscription = broker.subscribe("foo", EARLIEST)) {
      Message message = (Message) next(subscription);
      assertThat(message.payload()).containsExactly(1, 2);
      assertThat(message.id()).isEqualTo("i");
      assertThat(message.headers()).isEqualTo(Map.of("k", "v"));
      assertThat(message.cursor()).isEqualTo(published.cursor());
      assertReads(subscription, 1, 2);
      assertThat(broker.publish("foo", "message 2").cursor().offset()).isEqualTo(2);
      assertReads(subscription, 2, 3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 499, 500, 998, 999, 1000})
  void cursorOfBeforeTheRestartGoesOnWhereItWas(int after) throws Exception {
    publish(0, 1_000);
    String epoch = broker.topic("foo").orElseThrow().epoch();
    restart();

    var from = SubscribeOptions.DEFAULT.from(new StartPosition.At(new Cursor(epoch, after)));
    try (var subscription = broker.subscribe("foo", from)) {
      publish(1_000, 1_010);
      assertReads(subscription, after, 1_010);
    }
  }

  @ParameterizedTest
  @EnumSource(SlowPolicy.class)
  void slowReaderFallsToTheDiskAndBackWithoutAGap(SlowPolicy slow) throws Exception {
    var options = new SubscribeOptions(StartPosition.LATEST, slow);
    try (var subscription = broker.subscribe("foo", options)) {
      publish(0, 10);
      assertReads(subscription, 0, 5);
      publish(10, 5_000); // far beyond what memory keeps
      assertReads(subscription, 5, 4_990);
      publish(5_000, 5_010);
      assertReads(subscription, 4_990, 5_010);
    }
    assertThat(broker.stats().missed()).isZero();
    assertThat(broker.stats().evicted()).isZero();
  }

  @Test
  void seamBetweenDiskAndMemoryIsInvisibleWhileItMoves() throws Exception {
    publish(0, 1_000);
    restart();
    Thread publishing = Thread.ofVirtual().start(() -> publish(1_000, 50_000));

    try (var subscription = broker.subscribe("foo", EARLIEST)) {
      assertReads(subscription, 0, 50_000);
    }
    publishing.join();
    assertThat(broker.stats().missed()).isZero();
  }

  @Test
  void batchesAreStoredToo() throws Exception {
    var batch = new MessageBatch();
    for (int i = 0; i < 500; i++) {
      byte[] payload = ("message " + i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      batch.add(payload, 0, payload.length);
    }
    assertThat(broker.appender("foo").append(batch).ack()).isEqualTo(Ack.OS);
    restart();

    try (var subscription = broker.subscribe("foo", EARLIEST)) {
      assertReads(subscription, 0, 500);
    }
  }

  @Test
  void damagedRecordIsAGapAndNothingElseIs() throws Exception {
    publish(0, 100);
    store.log("foo").damage(40);
    store.log("foo").damage(41);
    restart();

    try (var subscription = broker.subscribe("foo", EARLIEST)) {
      assertReads(subscription, 0, 40);
      Gap gap = (Gap) next(subscription);
      assertThat(gap.expected().offset()).isEqualTo(40);
      assertThat(gap.next().offset()).isEqualTo(42);
      assertThat(gap.missed()).hasValue(2);
      assertReads(subscription, 42, 100);
    }
  }

  @Test
  void idsAreKnownAfterARestart() {
    var first = broker.publish("foo", Publication.of("x").id("i-1"));
    restart();

    var again = broker.publish("foo", Publication.of("x").id("i-1"));

    assertThat(again.duplicate()).isTrue();
    assertThat(again.cursor()).isEqualTo(first.cursor());
    assertThat(broker.publish("foo", Publication.of("x").id("i-2")).cursor().offset()).isEqualTo(1);
  }

  @Test
  void timeReachesIntoTheStore() throws Exception {
    publish(0, 50);
    Instant middle = Instant.now();
    publish(50, 60);
    restart();

    var since = SubscribeOptions.DEFAULT.from(new StartPosition.Since(middle));
    try (var subscription = broker.subscribe("foo", since)) {
      assertReads(subscription, 50, 60);
    }
  }

  @Test
  void fullDiskRefusesPublishesAndReadsGoOn() throws Exception {
    publish(0, 100);
    store.full = true;

    assertThatThrownBy(() -> publish(100, 101))
        .isInstanceOfSatisfying(
            BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_FULL));
    assertThat(broker.trouble()).hasValue("store: the disk is full");
    try (var subscription = broker.subscribe("foo", EARLIEST)) {
      assertReads(subscription, 0, 100);
      store.full = false;
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(broker.trouble()).isEmpty());
      publish(100, 101);
      assertReads(subscription, 100, 101);
    }
  }

  @Test
  void brokenDiskStopsItsTopicsPublishesAlone() {
    publish(0, 1);
    broker.publish("bar", "x");
    store.broken = true;
    assertThatThrownBy(() -> publish(1, 2))
        .isInstanceOfSatisfying(
            BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_FAILED))
        .hasMessageContaining("the heap is on fire");
    store.broken = false;

    assertThatThrownBy(() -> publish(1, 2)).isInstanceOf(BrokerException.class);
    assertThat(broker.publish("bar", "y").cursor().offset()).isEqualTo(1);
    assertThat(broker.trouble()).isPresent();
    assertThat(broker.topic("foo").orElseThrow().nextOffset()).isEqualTo(1);
  }

  @Test
  void diskThatCannotBeForcedFailsWhoWaitsForIt() {
    broker.close();
    broker = broker(SyncMode.GROUP);
    store.unforceable = true;

    assertThatThrownBy(() -> broker.publish("foo", "x"))
        .isInstanceOfSatisfying(
            BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_FAILED));
    assertThatThrownBy(() -> broker.publish("foo", "y")).isInstanceOf(BrokerException.class);
  }

  @Test
  void unreadableDiskEndsTheSubscription() {
    publish(0, 2_000);
    try (var subscription = broker.subscribe("foo", EARLIEST)) {
      store.broken = true;
      assertThatThrownBy(() -> subscription.poll(Duration.ofSeconds(10)))
          .isInstanceOfSatisfying(
              BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_FAILED));
    }
  }

  @Test
  void topicThatNobodyEverPublishedToLeavesNothingOnDisk() {
    broker.subscribe("foo", SubscribeOptions.DEFAULT).close();

    assertThat(store.names()).isEmpty();
    assertThat(broker.topics(null, 10)).isEmpty();
  }

  @Test
  void deletedTopicIsGoneForGoodAndBeginsAnew() throws Exception {
    publish(0, 10);
    String epoch = broker.topic("foo").orElseThrow().epoch();
    try (var subscription = broker.subscribe("foo", SubscribeOptions.DEFAULT)) {
      assertThat(broker.delete("foo")).isTrue();
      assertThatThrownBy(() -> subscription.poll(Duration.ofSeconds(10)))
          .isInstanceOfSatisfying(
              BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_UNKNOWN));
    }

    assertThat(broker.delete("foo")).isFalse();
    assertThat(broker.topic("foo")).isEmpty();
    assertThat(store.names()).isEmpty();
    Published again = broker.publish("foo", "message 0");
    assertThat(again.cursor().offset()).isZero();
    assertThat(again.cursor().epoch()).isNotEqualTo(epoch);
  }

  @Test
  void retentionOnDiskDropsOldSegmentsAndReadersAreTold() throws Exception {
    broker.close();
    broker = broker(new Persistence(store, SyncMode.OS, 0, Duration.ZERO, 500, 0, 0));
    publish(0, 1_000);

    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(store.log("foo").firstOffset()).isEqualTo(500));
    var first = SubscribeOptions.DEFAULT.from(new StartPosition.Offset(0));
    try (var subscription = broker.subscribe("foo", first)) {
      assertThat(((Gap) next(subscription)).next().offset()).isEqualTo(500);
      assertReads(subscription, 500, 1_000);
    }
  }

  @Test
  void topicsTogetherStayWithinTheTotal() {
    broker.close();
    broker = broker(new Persistence(store, SyncMode.OS, 0, Duration.ZERO, 0, 20_000, 0));
    publish(0, 300);
    for (int i = 0; i < 200; i++) {
      broker.publish("bar", "newer");
    }

    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              assertThat(store.log("foo").firstOffset()).isEqualTo(290);
              assertThat(store.log("bar").firstOffset()).isEqualTo(10);
            });
  }
}
