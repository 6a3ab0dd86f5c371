package io.emque.engine;

import io.emque.api.Publication;
import java.util.concurrent.CountDownLatch;
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

/**
 * Publishers that append at the same time, each on a virtual thread as connections are: wall time
 * per message of all together. Nobody subscribes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ContentionBenchmark {
  private static final int MESSAGES = 64 * 256;

  @Param({"1", "2", "4", "8", "16", "32", "64"})
  int publishers;

  private final Publication publication = Publication.of(new byte[100]);
  private MemoryBroker broker;

  /** A broker whose topics keep 4 MiB each. */
  @Setup
  public void open() {
    broker = new MemoryBroker(EngineOptions.DEFAULT.retainBytes(4 << 20));
  }

  /** Ends its sweeper. */
  @TearDown
  public void close() {
    broker.close();
  }

  /** All of them to one topic. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void oneTopic() throws InterruptedException {
    publish(1);
  }

  /** Each to a topic of its own. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void ownTopics() throws InterruptedException {
    publish(publishers);
  }

  private void publish(int topics) throws InterruptedException {
    var done = new CountDownLatch(publishers);
    int each = MESSAGES / publishers;
    for (int i = 0; i < publishers; i++) {
      Appender appender = broker.appender("topic-" + i % topics);
      Thread.ofVirtual()
          .start(
              () -> {
                for (int n = 0; n < each; n++) {
                  appender.append(publication);
                }
                done.countDown();
              });
    }
    done.await();
  }
}
