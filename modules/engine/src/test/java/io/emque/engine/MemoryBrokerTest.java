package io.emque.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.TopicInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MemoryBrokerTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration NOT_NOW = Duration.ofMillis(50);

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(1_000));
  private MemoryBroker broker = new MemoryBroker();

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void messageReachesEverySubscriberInOrder() throws Exception {
    var first = broker.subscribe("foo", SubscribeOptions.DEFAULT);
    var second = broker.subscribe("foo", SubscribeOptions.DEFAULT);

    broker.publish("foo", "a");
    broker.publish("foo", "");
    broker.publish("foo", "c");

    assertThat(texts(first, 3)).containsExactly("a", "", "c");
    assertThat(texts(second, 3)).containsExactly("a", "", "c");
  }

  @Test
  void topicsAreApart() throws Exception {
    var foo = broker.subscribe("foo", SubscribeOptions.DEFAULT);

    broker.publish("Foo", "other");
    broker.publish("foo", "mine");

    assertThat(texts(foo, 1)).containsExactly("mine");
  }

  @Test
  void offsetsAreDenseAndTimesNeverDecrease() throws Exception {
    broker = brokerAt(EngineOptions.DEFAULT);
    var subscription = broker.subscribe("foo", SubscribeOptions.DEFAULT);

    broker.publish("foo", "a");
    now.set(Instant.ofEpochSecond(900));
    var published = broker.publish("foo", "b");

    assertThat(published.cursor().offset()).isEqualTo(1);
    var messages = messages(subscription, 2);
    assertThat(messages).extracting(Message::offset).containsExactly(0L, 1L);
    assertThat(messages).extracting(Message::time).containsOnly(Instant.ofEpochSecond(1_000));
  }

  @Test
  void idAndHeadersTravel() throws Exception {
    var subscription = broker.subscribe("foo", SubscribeOptions.DEFAULT);

    broker.publish("foo", Publication.of("x").id("7").headers(Map.of("Kind", "greeting")));
    broker.publish("foo", "y");

    var messages = messages(subscription, 2);
    assertThat(messages.get(0).id()).isEqualTo("7");
    assertThat(messages.get(0).headers()).containsExactly(Map.entry("kind", "greeting"));
    assertThat(messages.get(1).id()).isNull();
    assertThat(messages.get(1).headers()).isEmpty();
  }

  @Test
  void payloadsOfEveryFrameFormSurvive() throws Exception {
    var subscription = broker.subscribe("foo", SubscribeOptions.DEFAULT);
    int[] sizes = {0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000};

    for (int size : sizes) {
      broker.publish("foo", bytes(size));
    }

    var messages = messages(subscription, sizes.length);
    for (int i = 0; i < sizes.length; i++) {
      assertThat(messages.get(i).payload()).isEqualTo(bytes(sizes[i]));
    }
  }

  @Test
  void sliceIsServerFramesBackToBack() throws Exception {
    try (var reader = broker.open("foo", SubscribeOptions.DEFAULT, "ws")) {
      broker.publish("foo", "hi");
      broker.publish("foo", "x".repeat(200));

      assertThat(reader.read(SOON.toNanos())).isEqualTo(Event.MESSAGES);

      var slice = reader.slice();
      assertThat(slice.array()).startsWith(0x82, 2, 'h', 'i');
      if (slice.count() == 1) { // the second one did not fit the first chunk
        assertThat(reader.read(SOON.toNanos())).isEqualTo(Event.MESSAGES);
      }
      int last = slice.count() - 1;
      assertThat(slice.payloadLength(last)).isEqualTo(200);
      assertThat(slice.array()[slice.payloadStart(last) - 4]).isEqualTo((byte) 0x82);
      assertThat(slice.array()[slice.payloadStart(last) - 3]).isEqualTo((byte) 126);
      assertThat(slice.to()).isEqualTo(slice.payloadStart(last) + 200);
    }
  }

  @Test
  void batchIsAppendedWholeAndInOrder() throws Exception {
    var subscription = broker.subscribe("foo", SubscribeOptions.DEFAULT);
    var batch = new MessageBatch();
    byte[] text = "abcdefgh".getBytes(UTF_8);
    for (int i = 0; i < 100_000; i++) {
      batch.add(text, i % 8, 1);
    }

    var last = broker.appender("foo").append(batch);

    assertThat(last.cursor().offset()).isEqualTo(99_999);
    assertThat(batch.taken()).isEqualTo(100_000);
    var messages = messages(subscription, 100_000);
    for (int i = 0; i < 100_000; i++) {
      assertThat(messages.get(i).text()).isEqualTo("" + (char) ('a' + i % 8));
    }
  }

  @Test
  void subscriptionStartsWhereItWasAsked() throws Exception {
    broker = brokerAt(EngineOptions.DEFAULT);
    String epoch = "";
    for (int i = 0; i < 1_000; i++) {
      now.set(Instant.ofEpochSecond(2_000 + i));
      epoch = broker.publish("foo", "m" + i).cursor().epoch();
    }

    assertThat(firstText(StartPosition.EARLIEST)).isEqualTo("m0");
    assertThat(firstText(new StartPosition.Offset(17))).isEqualTo("m17");
    assertThat(firstText(new StartPosition.At(new Cursor(epoch, 999)))).isEqualTo("m999");
    assertThat(firstText(StartPosition.after(new Cursor(epoch, 41)))).isEqualTo("m42");
    assertThat(firstText(StartPosition.after(new Cursor(epoch, -1)))).isEqualTo("m0");
    assertThat(firstText(new StartPosition.Since(Instant.ofEpochSecond(2_500)))).isEqualTo("m500");
    assertThat(firstText(new StartPosition.Since(Instant.ofEpochSecond(2_500, 1))))
        .isEqualTo("m501");
    assertThat(firstText(new StartPosition.Since(Instant.MIN))).isEqualTo("m0");
    try (var future = subscribe(new StartPosition.Since(Instant.MAX))) {
      assertThat(future.next().offset()).isEqualTo(1_000);
    }
  }

  @Test
  void offsetBeyondTheEndIsWaitedFor() throws Exception {
    try (var subscription = subscribe(new StartPosition.Offset(2))) {
      broker.publish("foo", "0");
      broker.publish("foo", "1");
      assertThat(subscription.poll(NOT_NOW)).isNull();

      broker.publish("foo", "2");

      assertThat(texts(subscription, 1)).containsExactly("2");
    }
  }

  @Test
  void unknownEpochIsGapOfUnknownSizeAndThenTheOldest() throws Exception {
    broker.publish("foo", "a");

    try (var subscription = subscribe(new StartPosition.At(new Cursor("elsewhere", 7)))) {
      var gap = (Gap) take(subscription);

      assertThat(gap.expected()).isEqualTo(new Cursor("elsewhere", 7));
      assertThat(gap.next().offset()).isZero();
      assertThat(gap.missed()).isEmpty();
      assertThat(texts(subscription, 1)).containsExactly("a");
    }
  }

  @Test
  void countRetentionIsExactAndWhatIsMissedIsToldExactly() throws Exception {
    broker = new MemoryBroker(EngineOptions.DEFAULT.retainCount(10));
    var slow = broker.subscribe("foo", SubscribeOptions.DEFAULT);
    for (int i = 0; i < 1_000; i++) {
      broker.publish("foo", "m" + i);
    }

    var gap = (Gap) take(slow);

    assertThat(gap.missed()).isEqualTo(OptionalLong.of(990));
    assertThat(gap.expected().offset()).isZero();
    assertThat(gap.next().offset()).isEqualTo(990);
    assertThat(texts(slow, 10)).startsWith("m990").endsWith("m999");
    assertThat(broker.stats().missed()).isEqualTo(990);
    assertThat(broker.topic("foo").orElseThrow().firstOffset()).isEqualTo(990);
  }

  @Test
  void bytesRetentionBoundsTheLog() {
    broker = new MemoryBroker(EngineOptions.DEFAULT.retainBytes(1 << 20));

    for (int i = 0; i < 50_000; i++) {
      broker.publish("foo", bytes(100));
    }

    var info = broker.topic("foo").orElseThrow();
    assertThat(info.bytes()).isBetween(1L << 19, 1L << 20);
    assertThat(broker.stats().memoryBytes()).isEqualTo(info.bytes());
  }

  @Test
  void messageLargerThanTheRetentionIsStillDelivered() throws Exception {
    broker = new MemoryBroker(EngineOptions.DEFAULT.retainBytes(1_000));
    var subscription = broker.subscribe("foo", SubscribeOptions.DEFAULT);

    broker.publish("foo", bytes(100_000));

    assertThat(messages(subscription, 1).getFirst().payload()).hasSize(100_000);
  }

  @Test
  void ageRetentionIsExact() throws Exception {
    broker = brokerAt(EngineOptions.DEFAULT.retainAge(Duration.ofSeconds(60)));
    for (int i = 0; i < 100; i++) {
      now.set(Instant.ofEpochSecond(2_000 + i));
      broker.publish("foo", "m" + i);
    }

    assertThat(firstText(StartPosition.EARLIEST)).isEqualTo("m40");
  }

  @Test
  void usedTopicStandsUntilItsLastMessageExpired() {
    broker = brokerAt(EngineOptions.DEFAULT.retainAge(Duration.ofSeconds(60)));
    var before = broker.publish("foo", "a").cursor();

    now.set(now.get().plusSeconds(59));
    broker.sweep();
    var meanwhile = broker.topic("foo").orElseThrow();
    now.set(now.get().plusSeconds(1));
    broker.sweep();

    assertThat(meanwhile.nextOffset()).isEqualTo(1);
    assertThat(broker.topic("foo")).isEmpty();
    assertThat(broker.stats().memoryBytes()).isZero();
    assertThat(broker.publish("foo", "b").cursor().epoch()).isNotEqualTo(before.epoch());
  }

  @Test
  void topicNobodyPublishedToGoesWithItsLastSubscriber() {
    var first = broker.subscribe("foo", SubscribeOptions.DEFAULT);
    var second = broker.subscribe("foo", SubscribeOptions.DEFAULT);

    first.close();
    assertThat(broker.topic("foo")).isPresent();
    second.close();
    second.close();

    assertThat(broker.topic("foo")).isEmpty();
    assertThat(broker.stats().subscribers()).isZero();
  }

  @Test
  void sameIdIsTakenOnce() throws Exception {
    broker = brokerAt(EngineOptions.DEFAULT);
    var subscription = broker.subscribe("foo", SubscribeOptions.DEFAULT);

    var first = broker.publish("foo", Publication.of("a").id("1"));
    var again = broker.publish("foo", Publication.of("a").id("1"));
    var elsewhere = broker.publish("bar", Publication.of("a").id("1"));
    broker.publish("foo", "b");

    assertThat(again.duplicate()).isTrue();
    assertThat(again.cursor()).isEqualTo(first.cursor());
    assertThat(elsewhere.duplicate()).isFalse();
    assertThat(texts(subscription, 2)).containsExactly("a", "b");
  }

  @Test
  void idIsForgottenAfterTwoMinutesOrTenThousandOthers() {
    broker = brokerAt(EngineOptions.DEFAULT);
    broker.publish("foo", Publication.of("a").id("1"));
    now.set(now.get().plusSeconds(120));
    assertThat(broker.publish("foo", Publication.of("a").id("1")).duplicate()).isFalse();

    for (int i = 0; i < 9_999; i++) {
      broker.publish("foo", Publication.of("a").id("x" + i));
    }
    assertThat(broker.publish("foo", Publication.of("a").id("1")).duplicate()).isTrue();
    broker.publish("foo", Publication.of("a").id("y"));
    assertThat(broker.publish("foo", Publication.of("a").id("1")).duplicate()).isFalse();
  }

  @Test
  void slowSubscriberWithDisconnectIsEndedAndItsTransportTold() throws Exception {
    broker = new MemoryBroker(EngineOptions.DEFAULT.retainCount(10));
    var evicted = new CountDownLatch(1);
    var reader = broker.open("foo", SubscribeOptions.DEFAULT.slow(SlowPolicy.DISCONNECT), "test");
    reader.onEvict(evicted::countDown);

    for (int i = 0; i < 11; i++) {
      broker.publish("foo", "m" + i);
    }

    assertThat(evicted.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(reader.read(0)).isEqualTo(Event.ENDED);
    assertThat(reader.end().code()).isEqualTo(ErrorCode.SLOW_CONSUMER);
    assertThat(broker.stats().evicted()).isEqualTo(1);
    reader.close();
  }

  @Test
  void publisherWaitsForSlowSubscriberWithBlock() throws Exception {
    broker = new MemoryBroker(EngineOptions.DEFAULT.retainCount(10));
    var slow = broker.subscribe("foo", SubscribeOptions.DEFAULT.slow(SlowPolicy.BLOCK));
    var published = new LinkedBlockingQueue<Integer>();
    Thread.ofVirtual()
        .start(
            () -> {
              for (int i = 0; i < 1_000; i++) {
                broker.publish("foo", "m" + i);
                published.add(i);
              }
            });
    await().untilAsserted(() -> assertThat(published).hasSize(10));

    var received = texts(slow, 1_000);

    assertThat(received).isEqualTo(IntStream.range(0, 1_000).mapToObj(i -> "m" + i).toList());
    assertThat(broker.stats().missed()).isZero();
  }

  @Test
  void publisherIsRefusedWhenBlockLastsTooLongAndNothingIsLost() throws Exception {
    broker =
        new MemoryBroker(EngineOptions.DEFAULT.retainCount(4).blockTimeout(Duration.ofMillis(50)));
    var slow = broker.subscribe("foo", SubscribeOptions.DEFAULT.slow(SlowPolicy.BLOCK));
    var batch = new MessageBatch();
    for (int i = 0; i < 10; i++) {
      batch.add(new byte[] {(byte) ('0' + i)}, 0, 1);
    }

    assertThatThrownBy(() -> broker.appender("foo").append(batch))
        .isInstanceOfSatisfying(
            BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));

    assertThat(batch.taken()).isEqualTo(4);
    assertThat(texts(slow, 4)).containsExactly("0", "1", "2", "3");
  }

  @Test
  void blockedPublisherGoesOnWhenTheSlowSubscriberLeaves() throws Exception {
    broker =
        new MemoryBroker(EngineOptions.DEFAULT.retainCount(1).blockTimeout(Duration.ofMinutes(1)));
    var slow = broker.subscribe("foo", SubscribeOptions.DEFAULT.slow(SlowPolicy.BLOCK));
    broker.publish("foo", "a");
    var second = CompletableFuture.supplyAsync(() -> broker.publish("foo", "b"));

    slow.close();

    assertThat(second.get(10, TimeUnit.SECONDS).cursor().offset()).isEqualTo(1);
  }

  @Test
  void allTopicsTogetherStayWithinTheMemoryAndTheOldestGoesFirst() {
    broker = brokerAt(EngineOptions.DEFAULT.memoryBytes(4 << 20));
    for (int i = 0; i < 40; i++) {
      now.set(now.get().plusSeconds(1));
      broker.publish("topic" + i, bytes(200_000));
      assertThat(broker.stats().memoryBytes()).isLessThanOrEqualTo(4 << 20);
    }

    assertThat(kept("topic0")).isZero();
    assertThat(kept("topic39")).isEqualTo(1);
    assertThat(broker.topic("topic0").orElseThrow().nextOffset()).isEqualTo(1);
  }

  @Test
  void messageLargerThanTheMemoryIsRefused() {
    broker = new MemoryBroker(EngineOptions.DEFAULT.memoryBytes(1 << 20));

    assertThatThrownBy(() -> broker.publish("foo", bytes(2 << 20)))
        .isInstanceOfSatisfying(
            BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
  }

  @Test
  void memoryHeldByStalledWritesCountsAndTheOneStalledLongestIsClosed() throws Exception {
    broker = new MemoryBroker(EngineOptions.DEFAULT.memoryBytes(4 << 20));
    var evicted = new LinkedBlockingQueue<Integer>();
    var stuck = new LinkedBlockingQueue<Integer>();

    for (int i = 0; i < 8; i++) { // each reader stalls on a chunk of its own
      stallOnNextMessage(i, stuck, evicted);
      broker.publish("foo", bytes(500_000));
      assertThat(stuck.poll(10, TimeUnit.SECONDS)).isEqualTo(i);
      assertThat(broker.stats().memoryBytes()).isLessThanOrEqualTo(4 << 20);
    }
    for (int i = 0; i < 50; i++) {
      broker.publish("foo", bytes(500_000));
    }

    await().untilAsserted(() -> assertThat(evicted).contains(0));
    assertThat(evicted).doesNotContain(7);
    // Until the threads of those that were closed have let go.
    await()
        .untilAsserted(() -> assertThat(broker.stats().pinnedBytes()).isLessThanOrEqualTo(2 << 20));
    assertThat(broker.stats().refused()).isZero();
  }

  /** A reader whose write of the next message does not end before it is evicted. */
  private void stallOnNextMessage(
      int number, LinkedBlockingQueue<Integer> stuck, LinkedBlockingQueue<Integer> evicted) {
    var reset = new CountDownLatch(1);
    var reader = broker.open("foo", SubscribeOptions.DEFAULT, "test");
    reader.onEvict(
        () -> {
          evicted.add(number);
          reset.countDown();
        });
    Thread.ofVirtual()
        .start(
            () -> {
              try (reader) {
                reader.read(SOON.toNanos());
                stuck.add(number);
                reset.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  @Test
  void drainRefusesPublishesAndEndsReadersAfterWhatIsThere() throws Exception {
    var subscription = broker.subscribe("foo", SubscribeOptions.DEFAULT);
    broker.publish("foo", "a");

    broker.drain();

    assertThatThrownBy(() -> broker.publish("foo", "b"))
        .isInstanceOfSatisfying(
            BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DRAINING));
    assertThat(texts(subscription, 1)).containsExactly("a");
    assertThatThrownBy(subscription::take)
        .isInstanceOfSatisfying(
            BrokerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DRAINING));
  }

  @Test
  void readersEndWhereTheyStandWhenTimeIsShort() throws Exception {
    broker = new MemoryBroker();
    Reader reader = broker.open("foo", SubscribeOptions.DEFAULT, "test");
    broker.publish("foo", "a");
    assertThat(reader.read(SOON.toNanos())).isEqualTo(Event.MESSAGES);
    broker.publish("foo", "b");
    broker.drain();
    broker.endReaders();

    Event event = reader.read(SOON.toNanos());

    assertThat(event).isEqualTo(Event.ENDED);
    assertThat(reader.end()).extracting(BrokerException::code).isEqualTo(ErrorCode.DRAINING);
    assertThat(reader.next().offset()).isEqualTo(1);
    reader.close();
  }

  @Test
  void closeByAnotherThreadLetsGoOfWhatWasReadInPart() throws Exception {
    broker = new MemoryBroker(EngineOptions.DEFAULT.retainCount(2));
    var subscription = broker.subscribe("foo", SubscribeOptions.DEFAULT);
    broker.publish("foo", "a");
    broker.publish("foo", "b");
    assertThat(texts(subscription, 1)).containsExactly("a");

    CompletableFuture.runAsync(subscription::close).get(10, TimeUnit.SECONDS);
    for (int i = 0; i < 1_000; i++) {
      broker.publish("foo", bytes(100));
    }

    assertThat(broker.stats().pinnedBytes()).isZero();
    assertThat(subscription.poll(SOON)).isNull();
  }

  @Test
  void closeWakesAWaitingReader() throws Exception {
    var subscription = broker.subscribe("foo", SubscribeOptions.DEFAULT);
    var taken = new CompletableFuture<Boolean>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                taken.complete(subscription.take() == null);
              } catch (InterruptedException e) {
                taken.completeExceptionally(e);
              }
            });

    subscription.close();

    assertThat(taken.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void handlerGetsEveryDeliveryOnItsOwnThread() throws Exception {
    var seen = new LinkedBlockingQueue<String>();
    var thread = new AtomicReference<Thread>();
    var subscription =
        broker.subscribe(
            "foo",
            SubscribeOptions.DEFAULT,
            delivery -> {
              thread.set(Thread.currentThread());
              seen.add(((Message) delivery).text());
            });

    broker.publish("foo", "a");
    broker.publish("foo", "b");

    assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("a");
    assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("b");
    assertThat(thread.get().isVirtual()).isTrue();
    subscription.close();
    await().untilAsserted(() -> assertThat(broker.stats().subscribers()).isZero());
  }

  @Test
  void topicsAreListedInOrderAndInPages() {
    for (String name : List.of("b", "a", "d", "c")) {
      broker.publish(name, "x");
    }

    assertThat(broker.topics(null, 2)).extracting(TopicInfo::name).containsExactly("a", "b");
    assertThat(broker.topics("b", 9)).extracting(TopicInfo::name).containsExactly("c", "d");
  }

  @Test
  void invalidTopicsAndTooManyAreRefused() {
    broker = new MemoryBroker(EngineOptions.DEFAULT.maxTopics(1));
    broker.publish("one", "x");

    assertRefused("", ErrorCode.TOPIC_REQUIRED);
    assertRefused("a\nb", ErrorCode.TOPIC_INVALID);
    assertRefused("é".repeat(513), ErrorCode.TOPIC_INVALID);
    assertRefused("\uD800", ErrorCode.TOPIC_INVALID);
    assertRefused("two", ErrorCode.TOO_MANY_TOPICS);
  }

  private void assertRefused(String topic, ErrorCode code) {
    assertThatThrownBy(() -> broker.publish(topic, "x"))
        .isInstanceOfSatisfying(BrokerException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private MemoryBroker brokerAt(EngineOptions options) {
    return new MemoryBroker(options, now::get);
  }

  private Subscription subscribe(StartPosition from) {
    return broker.subscribe("foo", SubscribeOptions.DEFAULT.from(from));
  }

  private String firstText(StartPosition from) throws InterruptedException {
    try (var subscription = subscribe(from)) {
      return texts(subscription, 1).getFirst();
    }
  }

  private long kept(String topic) {
    return broker.topic(topic).map(info -> info.nextOffset() - info.firstOffset()).orElse(0L);
  }

  private static Delivery take(Subscription subscription) throws InterruptedException {
    var delivery = subscription.poll(SOON);
    assertThat(delivery).isNotNull();
    return delivery;
  }

  private static List<Message> messages(Subscription subscription, int n)
      throws InterruptedException {
    var messages = new ArrayList<Message>();
    while (messages.size() < n) {
      messages.add((Message) take(subscription));
    }
    return messages;
  }

  private static List<String> texts(Subscription subscription, int n) throws InterruptedException {
    return messages(subscription, n).stream().map(Message::text).toList();
  }

  private static byte[] bytes(int size) {
    var bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (i * 31);
    }
    return bytes;
  }
}
