package io.emque.cli.bench;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * What is to be done.
 *
 * @param publishers who publish; 1 to 10,000
 * @param subscribers who listen, topic by topic in turn; 0 to 20,000
 * @param topics how many; 1 to 50,000
 * @param topic the name of one, the beginning of the names of many; empty for one of its own
 * @param payloadBytes {@value Stamp#BYTES} bytes to 256 MiB
 * @param publishBy how messages go to the server
 * @param subscribeBy how they come back
 * @param count messages of all publishers together, warm-up excluded; 0 for no limit
 * @param duration how long they publish, warm-up excluded; 0 for no limit
 * @param warmup how long they publish before anything is measured
 * @param rate messages a second of all publishers together; 0 for as many as the window lets
 * @param window most messages of a publisher on their way at any time; 0 for no limit
 * @param slow policy that subscribers ask for; empty for the server's
 * @param spread each connection to the next server, instead of each topic to its own servers
 */
public record BenchOptions(
    int publishers,
    int subscribers,
    int topics,
    String topic,
    int payloadBytes,
    Protocol publishBy,
    Protocol subscribeBy,
    long count,
    Duration duration,
    Duration warmup,
    long rate,
    long window,
    String slow,
    boolean spread) {
  private static final int MOST_PUBLISHERS = 10_000;
  private static final int MOST_SUBSCRIBERS = 20_000;
  private static final int MOST_TOPICS = 50_000;
  private static final int MOST_PAYLOAD = 256 * 1024 * 1024;
  private static final long MOST_COUNT = 1L << 35;
  private static final long MOST_RATE = 1_000_000_000;
  private static final Duration LONGEST = Duration.ofDays(30);

  /** Refuses what cannot be, by the name of the option. */
  public BenchOptions {
    requireNonNull(topic, "topic");
    requireNonNull(publishBy, "publishBy");
    requireNonNull(subscribeBy, "subscribeBy");
    requireNonNull(slow, "slow");
    range("publishers", publishers, 1, MOST_PUBLISHERS);
    range("subscribers", subscribers, 0, MOST_SUBSCRIBERS);
    range("topics", topics, 1, MOST_TOPICS);
    range("payload", payloadBytes, Stamp.BYTES, MOST_PAYLOAD);
    range("count", count, 0, MOST_COUNT);
    range("rate", rate, 0, MOST_RATE);
    range("window", window, 0, Integer.MAX_VALUE);
    time("duration", duration);
    time("warmup", warmup);
    if (count == 0 && duration.isZero()) {
      throw new IllegalArgumentException("bench needs an end; give --count or --duration");
    }
    if (window == 0 && rate == 0) {
      throw new IllegalArgumentException(
          "--window=0 with --rate=0 has no limit at all; give a window or a rate");
    }
    if (publishBy == Protocol.SSE) {
      throw new IllegalArgumentException("nothing can be published by sse; take ws, http or grpc");
    }
  }

  private static void range(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "--" + name + " must be " + least + " to " + most + ", got " + value);
    }
  }

  private static void time(String name, Duration value) {
    if (value.isNegative() || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("--" + name + " must be 0 to 30d, got " + value);
    }
  }

  /** Whether messages are due at times of their own, whatever the server does. */
  boolean openLoop() {
    return rate > 0;
  }
}
