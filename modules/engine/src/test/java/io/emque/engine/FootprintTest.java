package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.SubscribeOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What idle things cost in heap, measured after a collection. */
@Tag("whole")
@Timeout(60)
class FootprintTest {
  private static final int TOPICS = 20_000;
  private static final int READERS = 20_000;

  @ParameterizedTest
  @ValueSource(ints = {1, 100})
  void topicWithOneMessageCostsAboutAKilobyte(int payloadBytes) {
    try (var broker = new MemoryBroker()) {
      var payload = new byte[payloadBytes];
      broker.publish("warm", payload);
      long before = usedHeap();

      for (int i = 0; i < TOPICS; i++) {
        broker.publish("topic-number-" + i, payload);
      }

      long perTopic = (usedHeap() - before) / TOPICS;
      System.getLogger(FootprintTest.class.getName())
          .log(
              System.Logger.Level.INFO,
              "heap bytes per topic with one message of " + payloadBytes + " bytes: " + perTopic);
      assertThat(perTopic).isLessThanOrEqualTo(1_500);
      assertThat(broker.stats().topics()).isEqualTo(TOPICS + 1);
    }
  }

  @Test
  void idleReaderCostsLittle() {
    try (var broker = new MemoryBroker()) {
      List<Reader> readers = new ArrayList<>(READERS);
      broker.open("foo", SubscribeOptions.DEFAULT, "test").close();
      long before = usedHeap();

      for (int i = 0; i < READERS; i++) {
        readers.add(broker.open("foo", SubscribeOptions.DEFAULT, "test"));
      }

      long perReader = (usedHeap() - before) / READERS;
      System.getLogger(FootprintTest.class.getName())
          .log(System.Logger.Level.INFO, "heap bytes per idle reader" + ": " + perReader);
      assertThat(perReader).isLessThanOrEqualTo(400);
      readers.forEach(Reader::close);
      assertThat(broker.stats().topics()).isZero();
    }
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      runtime.gc();
      used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
    }
    return used;
  }
}
