package io.emque.engine;

import io.emque.api.Publication;
import io.emque.api.Published;
import java.nio.charset.StandardCharsets;
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

/** One publisher, nobody subscribed, with the trimming that a full log needs: time per message. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class AppendBenchmark {
  private static final int BATCH = 100;

  @Param({"16", "100", "1024", "65536"})
  int bytes;

  private MemoryBroker broker;
  private Appender appender;
  private Publication publication;
  private byte[] payload;
  private final MessageBatch batch = new MessageBatch();

  /** A broker whose topic keeps 4 MiB. */
  @Setup
  public void open() {
    broker = new MemoryBroker(EngineOptions.DEFAULT.retainBytes(4 << 20));
    appender = broker.appender("topic");
    payload = "x".repeat(bytes).getBytes(StandardCharsets.UTF_8);
    publication = Publication.of(payload);
  }

  /** Ends its sweeper. */
  @TearDown
  public void close() {
    broker.close();
  }

  /** A lock and a wake-up for each message. */
  @Benchmark
  public Published single() {
    return appender.append(publication);
  }

  /** A lock and a wake-up for a hundred. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public Published batch() {
    batch.clear();
    for (int i = 0; i < BATCH; i++) {
      batch.add(payload, 0, payload.length);
    }
    return appender.append(batch);
  }
}
