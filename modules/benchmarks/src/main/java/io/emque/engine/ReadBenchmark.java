package io.emque.engine;

import io.emque.api.Publication;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Reading what is there: time per message, and what it costs to come in the middle of a log. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ReadBenchmark {
  private static final int MESSAGES = 100_000;

  @Param({"16", "100", "1024"})
  int bytes;

  private MemoryBroker broker;
  private TopicLog log;

  /** A topic that holds all of its messages. */
  @Setup
  public void open() {
    broker = new MemoryBroker(EngineOptions.DEFAULT.retainBytes(1 << 30).memoryBytes(1L << 30));
    Appender appender = broker.appender("topic");
    for (int i = 0; i < MESSAGES; i++) {
      appender.append(Publication.of(new byte[bytes]));
    }
    log = broker.topicFor("topic").log();
  }

  /** Ends its sweeper. */
  @TearDown
  public void close() {
    broker.close();
  }

  /** A subscriber from the earliest message to the latest. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public long all() throws InterruptedException {
    try (Reader reader = reader(StartPosition.EARLIEST)) {
      long read = 0;
      while (read < MESSAGES) {
        if (reader.read(0) != Event.MESSAGES) {
          throw new IllegalStateException("there is more");
        }
        read += reader.slice().count();
      }
      return read;
    }
  }

  /** A subscriber comes, reads one batch from somewhere in the log, and goes. */
  @Benchmark
  public int resume() throws InterruptedException {
    long offset = ThreadLocalRandom.current().nextLong(MESSAGES);
    try (Reader reader = reader(new StartPosition.Offset(offset))) {
      reader.read(0);
      return reader.slice().count();
    }
  }

  /** The chunk of an offset, without a hint. */
  @Benchmark
  public Object find() {
    return log.find(ThreadLocalRandom.current().nextLong(MESSAGES), -1);
  }

  private Reader reader(StartPosition from) {
    return broker.open("topic", new SubscribeOptions(from, SlowPolicy.SKIP), "benchmark");
  }
}
