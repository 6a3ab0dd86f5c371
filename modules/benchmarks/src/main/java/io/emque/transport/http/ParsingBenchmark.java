package io.emque.transport.http;

import io.emque.api.Ack;
import io.emque.api.Cursor;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.SubscribeOptions;
import io.emque.api.Topics;
import io.emque.engine.Appender;
import io.emque.engine.MessageBatch;
import io.emque.transport.http.limits.Limits;
import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.limits.Who;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a request says: its query, its topic, how to subscribe, and the lines of a body. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ParsingBenchmark {
  private static final int LINES = 1000;

  private String plain = "topic=orders";
  private String escaped = "topic=caf%C3%A9+%C3%BC&from=earliest&format=json&slow=disconnect";
  private String topic = "orders/2026/eu";
  private String cursor = "9f3kq2:1234567";
  private final byte[] body =
      ("x".repeat(100) + "\r\n").repeat(LINES).getBytes(StandardCharsets.UTF_8);

  /** The usual query of a publisher. */
  @Benchmark
  public Query query() {
    return Query.parse(plain);
  }

  /** One with escapes and options. */
  @Benchmark
  public Query escapedQuery() {
    return Query.parse(escaped);
  }

  /** Whether a topic may be called that. */
  @Benchmark
  public String topic() {
    return Topics.requireValid(topic);
  }

  /** Where to begin. */
  @Benchmark
  public SubscribeOptions subscribe() {
    return SubscribeParameters.parse(
        cursor, null, null, "skip", HttpOptions.DEFAULT, InstantSource.system());
  }

  private final LiveLimits limits = new LiveLimits(Limits.DEFAULT);
  private final Pace pace = new Pace(limits.rates(), Who.at(null));

  /** A body of lines of 100 bytes: time per line. */
  @Benchmark
  @OperationsPerInvocation(LINES)
  public long lines() throws IOException {
    var lines = new LineBatch(new Nowhere(), 1 << 20, limits.inFlight().lease(() -> {}), pace);
    lines.readAll(new ByteArrayInputStream(body));
    return lines.taken();
  }

  /** Takes everything and keeps nothing. */
  private static final class Nowhere implements Appender {
    private final Published answer = new Published(new Cursor("e", 0), Ack.MEMORY, false);

    @Override
    public String topic() {
      return "topic";
    }

    @Override
    public Published append(Publication publication) {
      return answer;
    }

    @Override
    public Published append(MessageBatch batch) {
      batch.taken(batch.count());
      return answer;
    }
  }
}
