package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages that come together are appended together, and are what they would be alone. */
@Timeout(60)
class PublishTogetherTest {
  private static final SubscribeOptions EARLIEST =
      SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);

  private final HeapStore store = new HeapStore();
  private final List<String> answers = Collections.synchronizedList(new ArrayList<>());
  private final PublishPipeline pipeline =
      new PublishPipeline(
          new PublishPipeline.Answers() {
            @Override
            public void answer(@Nullable Published published, @Nullable BrokerException refusal) {
              answers.add(
                  published == null
                      ? String.valueOf(refusal == null ? null : refusal.code())
                      : text(published));
            }

            @Override
            public void flush() {}
          });
  private MemoryBroker broker = persisting(SyncMode.OS);

  @AfterEach
  void stop() {
    broker.close();
  }

  private MemoryBroker persisting(SyncMode sync) {
    return new MemoryBroker(
        EngineOptions.DEFAULT.maxMessageBytes(1_000),
        InstantSource.system(),
        Persistence.of(store, sync));
  }

  private void use(MemoryBroker other) {
    broker.close();
    broker = other;
  }

  private static String text(Published published) {
    assertThat(published.cursor()).isNotNull();
    return published.cursor().offset() + (published.duplicate() ? " again" : "");
  }

  private void publish(String topic, String... payloads) {
    Appender appender = broker.appender(topic);
    for (String payload : payloads) {
      pipeline.publish(appender, Publication.of(payload));
    }
  }

  private void publishWithIds(String topic, String... ids) {
    Appender appender = broker.appender(topic);
    for (String id : ids) {
      pipeline.publish(appender, Publication.of("message " + id).id(id));
    }
    pipeline.endBatch();
  }

  private List<String> read(String topic, int count) throws InterruptedException {
    try (var subscription = broker.subscribe(topic, EARLIEST)) {
      return read(subscription, count);
    }
  }

  private static List<String> read(Subscription subscription, int count)
      throws InterruptedException {
    var read = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      var message = (Message) subscription.poll(Duration.ofSeconds(30));
      assertThat(message).isNotNull();
      assertThat(message.offset()).isEqualTo(i);
      read.add(message.text());
    }
    return read;
  }

  @Test
  void theyAreStoredAndAnsweredInTheirOrder() throws Exception {
    publish("foo", "a", "b", "c");
    assertThat(store.appends).hasValue(0);

    pipeline.endBatch();

    assertThat(store.appends).hasValue(1);
    assertThat(answers).containsExactly("0", "1", "2");
    assertThat(read("foo", 3)).containsExactly("a", "b", "c");
    assertThat(broker.stats().published()).isEqualTo(3);
  }

  @Test
  void topicsTakeTurns() throws Exception {
    publish("foo", "a", "b");
    publish("bar", "c");
    publish("foo", "d");
    pipeline.endBatch();

    assertThat(answers).containsExactly("0", "1", "0", "2");
    assertThat(read("foo", 3)).containsExactly("a", "b", "d");
    assertThat(read("bar", 1)).containsExactly("c");
  }

  @Test
  void sameIdTwiceIsTakenOnce() throws Exception {
    publishWithIds("foo", "i", "j", "i", "k", "j");
    publishWithIds("foo", "k", "l");

    assertThat(answers).containsExactly("0", "1", "0 again", "2", "1 again", "2 again", "3");
    assertThat(read("foo", 4)).containsExactly("message i", "message j", "message k", "message l");
    assertThat(broker.stats().duplicates()).isEqualTo(3);
  }

  @Test
  void thoseThatAreTooLargeAreRefusedAlone() throws Exception {
    publish("foo", "a", "b".repeat(1_001), "c");
    pipeline.endBatch();

    assertThat(answers).containsExactly("0", "MESSAGE_TOO_LARGE", "1");
    assertThat(read("foo", 2)).containsExactly("a", "c");
  }

  @Test
  void diskThatFillsUpInTheMidstTakesTheFirstOnesAndForgetsTheOthers() throws Exception {
    store.room = 2;
    publishWithIds("foo", "i", "j", "k", "i", "k", "l");
    assertThat(answers)
        .containsExactly("0", "1", "STORE_FULL", "0 again", "STORE_FULL", "STORE_FULL");
    answers.clear();
    store.room = Integer.MAX_VALUE;
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(broker.trouble()).isEmpty());

    publishWithIds("foo", "k", "j", "l");

    assertThat(answers).containsExactly("2", "1 again", "3");
    assertThat(read("foo", 4)).containsExactly("message i", "message j", "message k", "message l");
  }

  @Test
  void appendThatDiesLeavesMemoryAndDiskAtOne() throws Exception {
    publishWithIds("foo", "i");
    store.death = new OutOfMemoryError("as if");
    assertThatThrownBy(() -> publishWithIds("foo", "j", "k")).isInstanceOf(OutOfMemoryError.class);

    publishWithIds("foo", "l");

    assertThat(answers).containsExactly("0", "3");
    assertThat(read("foo", 4)).containsExactly("message i", "message j", "message k", "message l");
  }

  @Test
  void answersWaitForTheDisk() {
    use(persisting(SyncMode.ALWAYS));
    store.forcing = new CountDownLatch(1);

    publish("foo", "a", "b");
    pipeline.endBatch();

    assertThat(answers).isEmpty();
    store.forcing.countDown();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(answers).containsExactly("0", "1"));
  }

  @Test
  void diskThatCannotBeForcedRefusesAll() {
    use(persisting(SyncMode.GROUP));
    store.unforceable = true;

    publish("foo", "a", "b");
    pipeline.endBatch();

    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(answers).containsExactly("STORE_FAILED", "STORE_FAILED"));
  }

  @Test
  void memorySmallerThanTheBatchIsNoHindrance() throws Exception {
    use(new MemoryBroker(EngineOptions.DEFAULT.memoryBytes(1 << 20)));
    var expected = new ArrayList<String>();
    for (int i = 0; i < 100; i++) {
      publish("foo", "x".repeat(16_000));
      expected.add(Integer.toString(i));
    }
    pipeline.endBatch();

    assertThat(answers).isEqualTo(expected);
  }

  @Test
  void eachWaitsForAReaderThatBlocks() throws Exception {
    use(new MemoryBroker(EngineOptions.DEFAULT.retainCount(10)));
    var expected = new ArrayList<String>();
    for (int i = 0; i < 1_000; i++) {
      expected.add("message " + i);
    }
    var block = new SubscribeOptions(StartPosition.LATEST, SlowPolicy.BLOCK);
    try (var subscription = broker.subscribe("foo", block)) {
      Thread publishing =
          Thread.ofVirtual()
              .start(
                  () -> {
                    publish("foo", expected.toArray(String[]::new));
                    pipeline.endBatch();
                  });
      assertThat(read(subscription, 1_000)).isEqualTo(expected);
      publishing.join();
    }
    assertThat(answers).hasSize(1_000).doesNotContain(ErrorCode.OVERLOADED.name());
  }

  @Test
  void batchesThatNobodyWaitsForAreForcedToo() {
    var batch = new MessageBatch();
    byte[] payload = "x".getBytes(StandardCharsets.UTF_8);
    batch.add(payload, 0, 1);

    broker.appender("foo").append(batch);

    await().atMost(Duration.ofSeconds(30)).until(() -> store.forced.get() > 0);
  }
}
