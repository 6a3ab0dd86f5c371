package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs against real servers. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BenchTest {
  private static EmqueServer plain;
  private static EmqueServer encrypted;

  @BeforeAll
  static void start() throws Exception {
    encrypted = EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", 0));
    plain = EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", 0).tls(TlsOptions.OFF));
  }

  @AfterAll
  static void stop() {
    plain.close();
    encrypted.close();
  }

  private static Target target(boolean tls) {
    return Heard.target(
        (tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + (tls ? encrypted : plain).port());
  }

  @ParameterizedTest
  @CsvSource({
    "WS, WS, false",
    "WS, WS, true",
    "HTTP, HTTP, false",
    "HTTP, HTTP, true",
    "WS, SSE, false",
    "GRPC, GRPC, false",
    "GRPC, GRPC, true",
    "HTTP, SSE, true"
  })
  void everyMessageOfEveryPublisherIsDelivered(Protocol by, Protocol back, boolean tls)
      throws Exception {
    var options = Heard.options(3, 4, 2, by, back, 600);

    var result = new Bench(options, target(tls)).run();

    assertThat(result.complaint()).isNull();
    assertThat(result.published()).isEqualTo(600);
    // two subscribers a topic; of three publishers two have the first one
    assertThat(result.delivered()).isEqualTo(1_200);
    assertThat(result.missing()).isZero();
    assertThat(result.latency().getTotalCount()).isEqualTo(1_200);
    assertThat((tls ? encrypted : plain).broker().topics(null, 10)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"WS", "HTTP", "GRPC"})
  void answersAreMeasuredWhereNobodyListens(Protocol by) throws Exception {
    var result = new Bench(Heard.options(2, 0, 3, by, by, 300), target(false)).run();

    assertThat(result.complaint()).isNull();
    assertThat(result.delivered()).isEqualTo(300);
    assertThat(result.latency().getTotalCount()).isEqualTo(300);
  }

  @Test
  void largeMessagesComeInPieces() throws Exception {
    for (Protocol back : Protocol.values()) {
      var options = sized(1_000_000, back, 10, 0);

      var result = new Bench(options, target(false)).run();

      assertThat(result.complaint()).as("by " + back).isNull();
      assertThat(result.delivered()).isEqualTo(10);
    }
  }

  @Test
  void messagesGoAtTheRateAskedForAndAreTimedFromWhenTheyWereDue() throws Exception {
    var result = new Bench(sized(16, Protocol.WS, 200, 1_000), target(false)).run();

    assertThat(result.complaint()).isNull();
    assertThat(result.publishSeconds()).isGreaterThanOrEqualTo(0.2);
    assertThat(result.delay().getTotalCount()).isEqualTo(200);
    assertThat(result.latency().getTotalCount()).isEqualTo(200);
  }

  private static BenchOptions sized(int bytes, Protocol back, long count, long rate) {
    return sized(bytes, Protocol.WS, back, count, rate);
  }

  private static BenchOptions sized(int bytes, Protocol by, Protocol back, long count, long rate) {
    return new BenchOptions(
        1,
        1,
        1,
        "",
        bytes,
        by,
        back,
        count,
        Duration.ZERO,
        Duration.ZERO,
        rate,
        rate > 0 ? 0 : 4,
        "",
        false);
  }

  @Test
  void serverOfTheOriginalKindIsWaitedForUntilItListens() throws Exception {
    try (var server = new PlainServer(number -> 1)) {
      var result =
          new Bench(
                  Heard.options(1, 3, 1, Protocol.WS, Protocol.WS, 500),
                  Heard.target(server.address()))
              .run();

      assertThat(result.complaint()).isNull();
      assertThat(result.delivered()).isEqualTo(1_500);
    }
  }

  @Test
  void lossAndRepetitionAreFound() throws Exception {
    try (var server =
        new PlainServer(number -> number % 100 == 50 ? 0 : number % 100 == 60 ? 2 : 1)) {
      var result =
          new Bench(
                  Heard.options(1, 2, 1, Protocol.WS, Protocol.WS, 500),
                  timeout(Heard.target(server.address()), Duration.ofSeconds(2)))
              .run();

      assertThat(result.whole()).isTrue();
      assertThat(result.missing()).isEqualTo(10);
      assertThat(result.faults()).isEqualTo(new Listener.Faults(10, 0, 0, 0));
      assertThat(result.complaint()).startsWith("10 of 1000 deliveries were lost; ");
    }
  }

  private static Target timeout(Target target, Duration timeout) {
    return new Target(
        target.servers(), target.selector(), timeout, target.ssl(), false, target.token());
  }

  @Test
  void serverThatDiesEndsTheRunWithWhatWasMeasured() throws Exception {
    try (var server = new PlainServer(number -> number < 300 ? 1 : -1)) {
      var result =
          new Bench(
                  Heard.options(1, 1, 1, Protocol.WS, Protocol.WS, 1_000_000),
                  Heard.target(server.address()))
              .run();

      assertThat(result.complaint()).contains(": connection ").doesNotContain("\n");
      assertThat(result.whole()).isFalse();
      assertThat(result.delivered()).isBetween(1L, 300L);
    }
  }

  @Test
  void interruptedRunTellsWhatItMeasured() throws Exception {
    var bench =
        new Bench(Heard.options(1, 2, 1, Protocol.WS, Protocol.WS, 1L << 34), target(false));
    var running =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return bench.run();
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    await().atMost(Duration.ofSeconds(30)).until(() -> bench.snapshot().arrived() > 1_000);

    bench.interrupt();

    var result = running.get(30, TimeUnit.SECONDS);
    assertThat(result.interrupted()).isTrue();
    assertThat(result.complaint()).isNull();
    assertThat(result.delivered()).isGreaterThan(1_000);
  }

  @Test
  void serverThatIsNotThereIsNamed() {
    assertThatThrownBy(
            () ->
                new Bench(
                        Heard.options(1, 1, 1, Protocol.WS, Protocol.WS, 1),
                        Heard.target("http://127.0.0.1:1"))
                    .run())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot connect to http://127.0.0.1:1: ")
        .hasMessageEndingWith("; is it running?");
  }

  @Test
  void serverThatRefusesIsQuoted() {
    var options = sized(100, Protocol.WS, 1, 0);
    assertThatThrownBy(
            () ->
                new Bench(
                        new BenchOptions(
                            1,
                            1,
                            1,
                            "",
                            100,
                            options.publishBy(),
                            options.subscribeBy(),
                            1,
                            Duration.ZERO,
                            Duration.ZERO,
                            0,
                            1,
                            "block",
                            false),
                        target(false))
                    .run())
        .hasMessageContaining("the server answered 403 FORBIDDEN: ");
  }

  @Test
  void messageThatIsTooLargeIsRefusedInTheServersWords() {
    for (Protocol by : List.of(Protocol.WS, Protocol.GRPC)) {
      var options = sized(17 << 20, by, Protocol.WS, 1, 0);

      assertThatThrownBy(() -> new Bench(options, target(false)).run())
          .as("by " + by)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("MESSAGE_TOO_LARGE");
    }
  }
}
