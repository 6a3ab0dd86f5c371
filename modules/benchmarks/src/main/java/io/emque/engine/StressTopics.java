package io.emque.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.emque.api.Publication;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Topics for stress tests: as light as can be, since a test makes millions of them. */
final class StressTopics {
  /** Longer than any wake-up takes; a wake-up that was lost shows as a read that waited so long. */
  static final long LOST_NANOS = 2_000_000_000L;

  static final SubscribeOptions LATEST =
      new SubscribeOptions(StartPosition.LATEST, SlowPolicy.SKIP);
  static final SubscribeOptions DISCONNECT =
      new SubscribeOptions(StartPosition.EARLIEST, SlowPolicy.DISCONNECT);
  static final SubscribeOptions BLOCK =
      new SubscribeOptions(StartPosition.LATEST, SlowPolicy.BLOCK);

  private static final EngineOptions OPTIONS =
      EngineOptions.DEFAULT
          .blockTimeout(Duration.ofNanos(LOST_NANOS))
          .retainAge(Duration.ZERO)
          .memoryBytes(Long.MAX_VALUE); // topics of tests are forgotten, not emptied
  private static final MemoryBroker ALL = new MemoryBroker(OPTIONS);
  private static final MemoryBroker ONE = new MemoryBroker(OPTIONS.retainCount(1));

  private static final AtomicLong NAMES = new AtomicLong();

  private StressTopics() {}

  /** A broker whose topics keep the last message alone. Delete what is published to it. */
  static MemoryBroker broker() {
    return ONE;
  }

  /** The name of a topic that no other test has. */
  static String name() {
    return "topic-" + NAMES.incrementAndGet();
  }

  /** A topic that drops nothing. */
  static Topic keepingAll() {
    return topic(ALL);
  }

  /** A topic that keeps the last message alone. */
  static Topic keepingOne() {
    return topic(ONE);
  }

  private static Topic topic(MemoryBroker broker) {
    StoredTail none = null;
    return new Topic("topic", "e", broker, none);
  }

  /** A log of its own, with its own account of memory. */
  static TopicLog log(Memory memory) {
    return new TopicLog(0, Long.MIN_VALUE, memory, 0);
  }

  /** As {@link Reader#read}, on a thread that nobody interrupts. */
  static Event read(Reader reader, long timeoutNanos) {
    try {
      return reader.read(timeoutNanos);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts", e);
    }
  }

  /** A payload whose bytes all tell its number. */
  static byte[] payload(int number, int bytes) {
    var payload = new byte[bytes];
    Arrays.fill(payload, (byte) ('a' + number));
    return payload;
  }

  static Publication publication(int number) {
    return Publication.of(String.valueOf((char) ('a' + number)).getBytes(US_ASCII));
  }

  /** Whether a record is that payload, whole, and its frame's head fits it. */
  static boolean holds(@Nullable Chunk chunk, long offset, int number, int bytes) {
    if (chunk == null) {
      return false;
    }
    int record = (int) (offset - chunk.firstOffset());
    int start = chunk.payloadStart(record);
    if (chunk.start(record + 1) - start != bytes) {
      return false;
    }
    byte[] array = chunk.bytes();
    for (int i = start; i < start + bytes; i++) {
      if (array[i] != 'a' + number) {
        return false;
      }
    }
    return chunk.timeNanos(record) == number;
  }
}
