package io.emque.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Records that are encoded once for several readers. */
@Timeout(60)
class EncodedRecordsTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final SubscribeOptions EARLIEST =
      SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);

  private final MemoryBroker broker = new MemoryBroker();
  private final AtomicInteger encoded = new AtomicInteger();
  private final RecordFormat format = new RecordFormat(() -> this::encode);
  private final byte[] copy = new byte[1024];

  @AfterEach
  void close() {
    broker.close();
  }

  /** Offset and payload, as {@code 7:text;}. */
  private void encode(Slice slice, int i, ByteArrayOutputStream to) {
    encoded.incrementAndGet();
    to.writeBytes((slice.offset(i) + ":").getBytes(UTF_8));
    to.write(slice.array(), slice.payloadStart(i), slice.payloadLength(i));
    to.write(';');
  }

  private Reader open() {
    return broker.open("foo", EARLIEST, "test");
  }

  private static void read(Reader... readers) throws InterruptedException {
    for (Reader reader : readers) {
      assertThat(reader.read(SECOND)).isEqualTo(Event.MESSAGES);
    }
  }

  private String copied(Reader reader, int i, int end) {
    int records = reader.slice().copyEncoded(format, i, copy, 2, 2 + end);
    return records + " " + new String(copy, 2, reader.slice().copiedBytes(), UTF_8);
  }

  private int copyAll(Reader reader) {
    return reader.slice().copyEncoded(format, 0, copy, 0, copy.length);
  }

  @Test
  void eachRecordIsEncodedOnceForAll() throws Exception {
    broker.publish("foo", "a");
    broker.publish("foo", "bc");
    broker.publish("foo", "d");
    try (var one = open();
        var other = open()) {
      read(one, other);
      assertThat(copied(other, 0, 100)).isEqualTo("3 0:a;1:bc;2:d;");
      assertThat(copied(other, 1, 100)).isEqualTo("2 1:bc;2:d;");
      assertThat(encoded).hasValue(3);

      broker.publish("foo", "e");
      other.read(SECOND);

      assertThat(copied(other, 0, 100)).isEqualTo("1 3:e;");
      assertThat(encoded).hasValue(4);
    }
  }

  @Test
  void wholeRecordsAreCopiedAsFarAsThereIsRoom() throws Exception {
    broker.publish("foo", "a");
    broker.publish("foo", "b");
    broker.publish("foo", "c");
    try (var one = open();
        var other = open()) {
      read(one, other);
      assertThat(copied(one, 0, 9)).isEqualTo("2 0:a;1:b;");
      assertThat(copied(one, 0, 8)).isEqualTo("2 0:a;1:b;");
      assertThat(copied(one, 0, 7)).isEqualTo("1 0:a;");
      assertThat(copied(one, 1, 4)).isEqualTo("1 1:b;");
      assertThat(copied(other, 2, 3)).isEqualTo("0 ");
      assertThat(copied(other, 2, 0)).isEqualTo("0 ");
    }
  }

  @Test
  void readerAloneEncodesByItself() throws Exception {
    broker.publish("foo", "a");
    try (var alone = open()) {
      read(alone);
      assertThat(copyAll(alone)).isEqualTo(Slice.NOT_SHARED);
      assertThat(encoded).hasValue(0);
    }
  }

  @Test
  void readerBehindTheFirstEncodedRecordEncodesByItself() throws Exception {
    broker.publish("foo", "a");
    try (var ahead = broker.open("foo", SubscribeOptions.DEFAULT, "test")) {
      broker.publish("foo", "b");
      try (var behind = open()) {
        read(ahead, behind);
        assertThat(copied(ahead, 0, 100)).isEqualTo("1 1:b;");

        assertThat(behind.slice().count()).isEqualTo(2);
        assertThat(behind.slice().copyEncoded(format, 0, copy, 0, 100)).isEqualTo(Slice.NOT_SHARED);
      }
    }
  }

  @Test
  void memoryIsCountedUntilTheRecordsAreOld() throws Exception {
    var payload = new byte[10_000];
    broker.publish("foo", payload);
    try (var one = open();
        var other = open()) {
      read(one, other);
      long before = broker.stats().memoryBytes();

      assertThat(one.slice().copyEncoded(format, 0, copy, 0, 10)).isZero(); // but encoded
      assertThat(broker.stats().memoryBytes()).isGreaterThan(before + payload.length);

      for (int i = 0; i < 20; i++) {
        broker.publish("foo", payload);
      }
      assertThat(broker.stats().memoryBytes()).isEqualTo(broker.topic("foo").orElseThrow().bytes());
      assertThat(copyAll(one)).isEqualTo(Slice.NOT_SHARED); // which holds the old chunk still
      assertThat(copyAll(other)).isEqualTo(Slice.NOT_SHARED);
    }
  }

  @Test
  void memoryIsGivenBackWithTheTopic() throws Exception {
    broker.publish("foo", "a");
    try (var one = open();
        var other = open()) {
      read(one, other);
      assertThat(copyAll(one)).isEqualTo(1);
      assertThat(copyAll(other)).isEqualTo(1);
      broker.delete("foo");
      assertThat(copyAll(one)).isEqualTo(Slice.NOT_SHARED);
    }
    assertThat(broker.stats().memoryBytes()).isZero();
    assertThat(broker.stats().pinnedBytes()).isZero();
  }

  @Test
  void encoderThatFailsLeavesNothingBehind() throws Exception {
    var broken =
        new RecordFormat(
            () ->
                (slice, i, to) -> {
                  to.write('x');
                  throw new IllegalStateException("planted");
                });
    broker.publish("foo", "a");
    try (var one = open();
        var other = open()) {
      read(one, other);
      long before = broker.stats().memoryBytes();

      assertThatThrownBy(() -> one.slice().copyEncoded(broken, 0, copy, 0, 100))
          .hasMessage("planted");

      assertThat(other.slice().copyEncoded(broken, 0, copy, 0, 100)).isEqualTo(Slice.NOT_SHARED);
      assertThat(copyAll(other)).isEqualTo(1); // another format
      assertThat(broker.stats().memoryBytes()).isGreaterThan(before);
    }
  }

  /** Readers share while the log is appended to and trimmed; each gets what it would have made. */
  @Test
  void readersThatShareGetWhatEachWouldHaveEncoded() throws Exception {
    int messages = 200_000;
    int readers = 6;
    try (var small = new MemoryBroker(EngineOptions.DEFAULT.retainBytes(16 * 1024));
        var threads = Executors.newCachedThreadPool()) {
      List<Future<Integer>> results = new ArrayList<>();
      for (int i = 0; i < readers; i++) {
        var reader = small.open("foo", SubscribeOptions.DEFAULT, "test");
        results.add(threads.submit(() -> readShared(reader, messages)));
      }
      for (int i = 0; i < messages; i++) {
        small.publish("foo", "message " + i);
      }
      int shared = 0;
      for (var result : results) {
        shared += result.get();
      }
      assertThat(shared).isPositive();
      assertThat(small.stats().memoryBytes()).isLessThanOrEqualTo(64 * 1024);
    }
  }

  /** Returns how many records were shared. */
  private int readShared(Reader reader, int messages) throws InterruptedException {
    int shared = 0;
    var out = new byte[512];
    try (reader) {
      while (reader.next().offset() < messages) {
        if (reader.read(SECOND) != Event.MESSAGES) {
          continue;
        }
        Slice slice = reader.slice();
        int i = 0;
        while (i < slice.count()) {
          int copied = slice.copyEncoded(format, i, out, 0, out.length);
          var expected = new ByteArrayOutputStream();
          for (int k = i; k < i + Math.max(copied, 1); k++) {
            encode(slice, k, expected);
          }
          if (copied != Slice.NOT_SHARED) {
            assertThat(copied).isPositive();
            assertThat(new String(out, 0, slice.copiedBytes(), UTF_8))
                .isEqualTo(expected.toString(UTF_8));
            shared += copied;
          }
          i += Math.max(copied, 1);
        }
      }
    }
    return shared;
  }
}
