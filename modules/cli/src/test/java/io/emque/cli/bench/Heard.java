package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Providers;
import io.emque.api.spi.ServerAddress;
import io.emque.client.Emque;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A listener without a connection, and messages for it. */
final class Heard {
  static final int RUN = 7;
  static final BenchOptions OPTIONS = options(1, 1, 1, Protocol.WS, Protocol.WS, 100);

  final CountDownLatch probed = new CountDownLatch(1);
  final Latencies latencies = new Latencies();
  final Plan plan;
  final Listener listener;
  private final Payload payload;

  Heard(BenchOptions options) {
    this.plan = Plan.of(options, "foo", target("http://127.0.0.1:1"));
    this.listener = new Listener(plan.seats().getFirst(), plan, options, RUN, latencies, probed);
    this.payload = new Payload(RUN, options.payloadBytes());
    listener.measureFrom(0);
  }

  static Target target(String... servers) {
    return new Target(
        List.of(servers).stream().map(ServerAddress::parse).toList(),
        Providers.builtIn().selector("all"),
        Duration.ofSeconds(30),
        Emque.builder().sslContext(),
        false,
        null);
  }

  static BenchOptions options(
      int publishers,
      int subscribers,
      int topics,
      Protocol publishBy,
      Protocol subscribeBy,
      long count) {
    return new BenchOptions(
        publishers,
        subscribers,
        topics,
        "",
        64,
        publishBy,
        subscribeBy,
        count,
        Duration.ZERO,
        Duration.ZERO,
        0,
        100,
        "",
        false);
  }

  byte[] message(int stream, long place) {
    var bytes = new byte[payload.length()];
    payload.write(bytes, 0, plan.streams().get(stream), place, Times.micros());
    return bytes;
  }

  void hear(int stream, long... places) {
    listener.begin(Times.micros());
    for (long place : places) {
      byte[] bytes = message(stream, place);
      listener.message(Stamp.first(bytes, 0), Stamp.second(bytes, 0), bytes.length);
    }
    listener.end();
  }

  void assertCounts(long got, Listener.Faults faults) {
    assertThat(listener.got()).isEqualTo(got);
    assertThat(listener.faults()).isEqualTo(faults);
  }
}
