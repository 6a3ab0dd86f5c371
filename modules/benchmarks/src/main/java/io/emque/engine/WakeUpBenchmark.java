package io.emque.engine;

import io.emque.api.Publication;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Subscribers that have caught up and sleep, each on a virtual thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class WakeUpBenchmark {
  @Param({"1", "10", "100", "1000"})
  int subscribers;

  private final Publication publication = Publication.of(new byte[100]);
  private final List<Reader> readers = new ArrayList<>();
  private final Phaser arrived = new Phaser(1);
  private MemoryBroker broker;
  private Appender appender;
  private CountDownLatch ended;

  /** Subscribers, each asleep but for what the benchmark does. */
  @Setup
  public void open() {
    broker = new MemoryBroker(EngineOptions.DEFAULT.retainBytes(4 << 20));
    appender = broker.appender("topic");
    ended = new CountDownLatch(subscribers);
    for (int i = 0; i < subscribers; i++) {
      var options = new SubscribeOptions(StartPosition.LATEST, SlowPolicy.SKIP);
      Reader reader = broker.open("topic", options, "benchmark");
      readers.add(reader);
      arrived.register();
      Thread.ofVirtual().start(() -> readUntilEnded(reader));
    }
  }

  private void readUntilEnded(Reader reader) {
    try {
      Event event = reader.read(Long.MAX_VALUE);
      while (event != Event.ENDED) {
        if (event == Event.MESSAGES) {
          arrived.arrive();
        }
        event = reader.read(Long.MAX_VALUE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      arrived.forceTermination();
      ended.countDown();
    }
  }

  /** Ends the subscribers. */
  @TearDown
  public void close() throws InterruptedException {
    readers.forEach(Reader::close);
    ended.await();
    broker.close();
  }

  /**
   * From the append to the last subscriber having it. They sleep again before the next, or are
   * about to.
   */
  @Benchmark
  public int roundTrip() {
    appender.append(publication);
    return arrived.arriveAndAwaitAdvance();
  }
}
