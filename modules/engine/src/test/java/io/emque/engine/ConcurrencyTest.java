package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.BrokerException;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Publishers, readers, trimming and removal at the same time; what is read must be a faithful part
 * of the log.
 */
@Tag("whole")
@Timeout(120)
class ConcurrencyTest {
  private static final int PUBLISHERS = 4;

  @Test
  void readersThatKeepUpSeeEveryMessageOfEachPublisherInOrder() throws Exception {
    int perPublisher = 50_000;
    try (var broker = new MemoryBroker();
        var threads = Executors.newCachedThreadPool()) {
      var readers = new ArrayList<Future<Long>>();
      for (int i = 0; i < 8; i++) {
        var reader = broker.open("foo", SubscribeOptions.DEFAULT, "test");
        readers.add(threads.submit(reading(reader, PUBLISHERS * perPublisher)));
      }

      publishAll(broker, threads, perPublisher);

      for (var reader : readers) {
        assertThat(reader.get()).isZero(); // missed
      }
      assertThat(broker.stats().published()).isEqualTo(PUBLISHERS * perPublisher);
      assertThat(broker.stats().delivered()).isEqualTo(8L * PUBLISHERS * perPublisher);
    }
  }

  @Test
  void whatSlowReadersMissIsToldExactlyWhileTheLogIsTrimmed() throws Exception {
    int perPublisher = 200_000;
    var options = EngineOptions.DEFAULT.retainBytes(16 * 1024);
    try (var broker = new MemoryBroker(options);
        var threads = Executors.newCachedThreadPool()) {
      var readers = new ArrayList<Future<Long>>();
      for (int i = 0; i < 8; i++) {
        var reader = broker.open("foo", SubscribeOptions.DEFAULT, "test");
        readers.add(threads.submit(reading(reader, PUBLISHERS * perPublisher)));
      }

      publishAll(broker, threads, perPublisher);

      long missed = 0;
      for (var reader : readers) {
        missed += reader.get();
      }
      assertThat(broker.stats().missed()).isEqualTo(missed);
      assertThat(broker.stats().delivered()).isEqualTo(8L * PUBLISHERS * perPublisher - missed);
      assertThat(broker.stats().pinnedBytes()).isZero();
      assertThat(broker.stats().memoryBytes()).isLessThanOrEqualTo(16 * 1024);
    }
  }

  @Test
  void readersWithBlockLoseNothingFromASmallLog() throws Exception {
    int perPublisher = 10_000;
    var options = EngineOptions.DEFAULT.retainBytes(8 * 1024).blockTimeout(Duration.ofMinutes(1));
    try (var broker = new MemoryBroker(options);
        var threads = Executors.newCachedThreadPool()) {
      var blocking = SubscribeOptions.DEFAULT.slow(SlowPolicy.BLOCK);
      var readers = new ArrayList<Future<Long>>();
      for (int i = 0; i < 3; i++) {
        var reader = broker.open("foo", blocking, "test");
        readers.add(threads.submit(reading(reader, PUBLISHERS * perPublisher)));
      }

      publishAll(broker, threads, perPublisher);

      for (var reader : readers) {
        assertThat(reader.get()).isZero();
      }
    }
  }

  @Test
  void topicsComeAndGoUnderPublishersAndReadersWithoutLosingAMessage() throws Exception {
    int rounds = 3_000;
    try (var broker = new MemoryBroker(EngineOptions.DEFAULT.retainAge(Duration.ofNanos(1)));
        var threads = Executors.newCachedThreadPool()) {
      var stop = new AtomicBoolean();
      var sweeping =
          threads.submit(
              () -> {
                while (!stop.get()) {
                  broker.sweep();
                  Thread.yield();
                }
              });
      var workers = new ArrayList<Future<?>>();
      for (int w = 0; w < 4; w++) {
        String topic = "topic" + w % 2;
        workers.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < rounds; i++) {
                    try (var reader = broker.open(topic, SubscribeOptions.DEFAULT, "test")) {
                      var published = broker.publish(topic, "x").cursor();
                      assertThat(published.epoch()).isEqualTo(reader.next().epoch());
                    }
                  }
                  return null;
                }));
      }
      for (var worker : workers) {
        worker.get();
      }
      stop.set(true);
      sweeping.get();

      broker.sweep();
      broker.sweep();

      assertThat(broker.stats().topics()).isZero();
      assertThat(broker.stats().subscribers()).isZero();
      assertThat(broker.stats().memoryBytes()).isZero();
    }
  }

  @Test
  void whatIsAcceptedWhileDrainingIsRead() throws Exception {
    try (var threads = Executors.newCachedThreadPool()) {
      for (int round = 0; round < 300; round++) {
        var broker = new MemoryBroker();
        var reader = broker.open("foo", SubscribeOptions.DEFAULT, "test");
        var publishing =
            threads.submit(
                () -> {
                  long accepted = 0;
                  try {
                    while (true) {
                      broker.publish("foo", "x");
                      accepted++;
                    }
                  } catch (BrokerException draining) {
                    return accepted;
                  }
                });
        var reading = threads.submit(() -> readAll(reader));
        while (broker.stats().published() < 10) {
          Thread.onSpinWait();
        }

        broker.drain();

        assertThat(reading.get()).isEqualTo(publishing.get());
        broker.close();
      }
    }
  }

  /** While others keep the timer's lock busy: a reader that waits for it must not sleep on. */
  @Test
  void readersThatWaitForTheirAlarmAreWoken() throws Exception {
    long hour = Duration.ofHours(1).toNanos();
    var stop = new AtomicBoolean();
    try (var broker = new MemoryBroker();
        var threads = Executors.newCachedThreadPool()) {
      for (int i = 0; i < 4; i++) {
        var alarm = broker.alarms().alarm();
        threads.submit(
            () -> {
              for (long at = System.nanoTime() + hour; !stop.get(); at--) {
                alarm.set(at); // earlier each time: the timer is set anew
              }
              alarm.cancel();
            });
      }

      try {
        for (int i = 0; i < 1_000; i++) {
          try (var reader = broker.open("foo", SubscribeOptions.DEFAULT, "test")) {
            var reading = threads.submit(() -> reader.read(hour));
            broker.publish("foo", "x");
            assertThat(reading.get(30, TimeUnit.SECONDS)).isEqualTo(Event.MESSAGES);
          }
        }
      } finally {
        stop.set(true);
      }
    }
  }

  private static long readAll(Reader reader) throws InterruptedException {
    try (reader) {
      long read = 0;
      while (reader.read(Long.MAX_VALUE / 4) == Event.MESSAGES) {
        read += reader.slice().count();
      }
      return read;
    }
  }

  @Test
  void earliestReaderSeesTheWholeLogWhileItGrows() throws Exception {
    int perPublisher = 20_000;
    try (var broker = new MemoryBroker();
        var threads = Executors.newCachedThreadPool()) {
      var late = new ArrayList<Future<Long>>();
      var publishing =
          threads.submit(
              () -> {
                publishAll(broker, threads, perPublisher);
                return null;
              });
      var earliest = SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);
      for (int i = 0; i < 20; i++) {
        var reader = broker.open("foo", earliest, "test");
        late.add(threads.submit(reading(reader, PUBLISHERS * perPublisher)));
      }

      publishing.get();

      for (var reader : late) {
        assertThat(reader.get()).isZero();
      }
    }
  }

  private static void publishAll(MemoryBroker broker, ExecutorService threads, int perPublisher)
      throws Exception {
    var publishers = new ArrayList<Future<?>>();
    for (int p = 0; p < PUBLISHERS; p++) {
      int publisher = p;
      publishers.add(
          threads.submit(
              () -> {
                var appender = broker.appender("foo");
                var batch = new MessageBatch();
                for (int i = 0; i < perPublisher; i++) {
                  batch.add(payload(publisher, i), 0, 16);
                  if (i % 7 == 0 || i == perPublisher - 1) {
                    appender.append(batch);
                    batch.clear();
                    Thread.yield(); // let readers in, so that trimming and reading overlap
                  }
                }
                return null;
              }));
    }
    for (var publisher : publishers) {
      publisher.get();
    }
  }

  private static byte[] payload(int publisher, int i) {
    return ByteBuffer.allocate(16)
        .putInt(publisher)
        .putInt(i)
        .putInt(~publisher)
        .putInt(~i)
        .array();
  }

  /** Reads {@code total} offsets, read or missed, checks each, and returns how many were missed. */
  private static Callable<Long> reading(Reader reader, long total) {
    return () -> {
      try (reader) {
        var next = new int[PUBLISHERS];
        long expected = 0;
        var missed = new AtomicLong();
        while (expected < total) {
          switch (reader.read(Long.MAX_VALUE / 4)) {
            case MESSAGES -> {
              Slice slice = reader.slice();
              assertThat(slice.offset(0)).isEqualTo(expected);
              for (int i = 0; i < slice.count(); i++) {
                check(slice, i, next);
              }
              expected += slice.count();
            }
            case GAP -> {
              assertThat(reader.gap().expected().offset()).isEqualTo(expected);
              missed.addAndGet(reader.gap().missed().orElseThrow());
              expected = reader.gap().next().offset();
            }
            case IDLE, ENDED -> throw new AssertionError("ended early at " + expected);
          }
        }
        reader.read(0);
        return missed.get();
      }
    };
  }

  private static void check(Slice slice, int i, int[] next) {
    var payload = ByteBuffer.wrap(slice.array(), slice.payloadStart(i), slice.payloadLength(i));
    int publisher = payload.getInt();
    int number = payload.getInt();
    if (payload.getInt() != ~publisher || payload.getInt() != ~number || number < next[publisher]) {
      throw new AssertionError("publisher " + publisher + " message " + number + " is wrong here");
    }
    next[publisher] = number + 1;
  }
}
