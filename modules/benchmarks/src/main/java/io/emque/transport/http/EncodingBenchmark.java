package io.emque.transport.http;

import io.emque.api.Publication;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.engine.EngineOptions;
import io.emque.engine.MemoryBroker;
import io.emque.engine.Reader;
import io.emque.engine.Slice;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

/** A slice of the log in the formats of HTTP streams: time per message. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EncodingBenchmark {
  private static final int MESSAGES = 50; // in one chunk of the log, whatever their size

  /** text: plain ASCII. json: with quotes and line ends. binary: not UTF-8, so Base64. */
  @Param({"text", "json", "binary"})
  String payload;

  @Param({"100", "1024"})
  int bytes;

  private final Counting sink = new Counting();
  private final Output out = new Output(sink);
  private final SseEncoder sse = new SseEncoder();
  private final JsonEncoder json = new JsonEncoder();
  private final PlainEncoder lines = new PlainEncoder(true);
  private MemoryBroker broker;
  private Reader reader;
  private Slice slice;

  /** A slice as a subscriber that lags is given. */
  @Setup
  public void open() throws InterruptedException {
    broker = new MemoryBroker(EngineOptions.DEFAULT);
    var appender = broker.appender("topic");
    byte[] content = content();
    appender.append(Publication.of(new byte[60_000])); // the chunks behind it are the largest
    appender.append(Publication.of(new byte[65_500])); // fills one of its own
    for (int i = 0; i < MESSAGES; i++) {
      appender.append(Publication.of(content));
    }
    var from = new StartPosition.Offset(2);
    reader = broker.open("topic", new SubscribeOptions(from, SlowPolicy.SKIP), "benchmark");
    reader.read(0);
    slice = reader.slice();
    if (slice.count() != MESSAGES) {
      throw new IllegalStateException(slice.count() + " messages in the slice");
    }
  }

  private byte[] content() {
    var content = new byte[bytes];
    Arrays.fill(content, (byte) 'x');
    byte[] start =
        switch (payload) {
          case "text" -> new byte[0];
          case "json" -> "{\"id\":42,\"name\":\"a\"}\n".getBytes(StandardCharsets.UTF_8);
          default -> new byte[] {(byte) 0xff, (byte) 0xfe};
        };
    System.arraycopy(start, 0, content, 0, start.length);
    return content;
  }

  /** Ends the broker's sweeper. */
  @TearDown
  public void close() {
    reader.close();
    broker.close();
  }

  /** Server-Sent Events. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public long sse() {
    sse.messages(out, slice);
    out.flush();
    return sink.bytes;
  }

  /** NDJSON. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public long json() {
    json.messages(out, slice);
    out.flush();
    return sink.bytes;
  }

  /** The payload and a newline. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public long lines() {
    lines.messages(out, slice);
    out.flush();
    return sink.bytes;
  }

  private static final class Counting implements Sink {
    private long bytes;

    @Override
    public void write(byte[] buffer, int count) {
      bytes += count;
    }

    @Override
    public void end() {}
  }
}
