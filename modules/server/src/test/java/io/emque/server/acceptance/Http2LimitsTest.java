package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.api.SlowPolicy;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.limits.Heads;
import io.emque.transport.http.limits.Limits;
import io.emque.transport.http.limits.Timeouts;
import io.emque.transport.http.metrics.Exposition;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams of an HTTP/2 connection: how many there may be, and how long their answers may lie. */
@Timeout(120)
class Http2LimitsTest {
  private static final SubscribeRequest FOO = SubscribeRequest.newBuilder().setTopic("foo").build();
  private static final String SUBSCRIBE = "emque.v1.Emque/Subscribe";

  /** Netty's client sends a call that has waited for a stream when it next hears something. */
  private static final Duration HEARTBEAT = Duration.ofMillis(200);

  private TestServer server;

  private void start(Limits limits) throws Exception {
    var http = new HttpOptions(HEARTBEAT, SlowPolicy.SKIP, false, List.of(), null, false, limits);
    server = TestServer.start(ServerOptions.DEFAULT.tls(TlsOptions.OFF).http(http));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Limits twoStreams() {
    Heads usual = Heads.DEFAULT;
    return Limits.DEFAULT.heads(new Heads(usual.lineBytes(), usual.headerBytes(), 2));
  }

  private void awaitSubscribers(int count) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> server.broker().stats().subscribers() == count);
  }

  @Test
  void clientWaitsForAStreamUntilOneHasGone() throws Exception {
    start(twoStreams());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    var emque = EmqueGrpc.newBlockingStub(channel);
    var first = Context.current().withCancellation();
    try {
      Iterator<Delivery> one = first.call(() -> emque.subscribe(FOO));
      assertThat(one.next().hasHeartbeat()).isTrue();
      assertThat(emque.subscribe(FOO).next().hasHeartbeat()).isTrue();
      var third = CompletableFuture.supplyAsync(() -> emque.subscribe(FOO).next());
      assertThat(server.broker().stats().subscribers()).isEqualTo(2);

      first.cancel(null);

      assertThat(third.get(30, TimeUnit.SECONDS).hasHeartbeat()).isTrue();
      awaitSubscribers(2);
    } finally {
      first.cancel(null);
      channel.shutdownNow();
    }
  }

  @Test
  void clientThatOpensOneTooManyAllTheSameGetsNone() throws Exception {
    start(twoStreams());
    try (var peer = Http2Peer.connect(server.port())) {
      assertThat(peer.await(Http2Peer.SETTINGS, 0).setting(Http2Peer.MAX_CONCURRENT_STREAMS))
          .isEqualTo(2);
      for (int stream = 1; stream <= 3; stream += 2) {
        peer.call(stream, SUBSCRIBE).message(stream, FOO.toByteArray());
        assertThat(peer.await(Http2Peer.HEADERS, stream)).isNotNull();
      }
      awaitSubscribers(2);

      peer.call(5, SUBSCRIBE).message(5, FOO.toByteArray());

      assertThat(refused(peer, 5)).isTrue();
      assertThat(server.broker().stats().subscribers()).isLessThanOrEqualTo(2);
    }
    awaitSubscribers(0);
  }

  /** By itself, or with the connection. */
  private static boolean refused(Http2Peer peer, int stream) {
    try {
      return peer.await(Http2Peer.RST_STREAM, stream) != null;
    } catch (IOException ended) {
      return String.valueOf(ended.getMessage()).contains("server");
    }
  }

  @Test
  void callWhoseAnswerIsNotReadIsEndedAndASubscriptionIsNot() throws Exception {
    Timeouts usual = Timeouts.DEFAULT;
    start(
        Limits.DEFAULT.timeouts(
            new Timeouts(usual.handshake(), usual.request(), usual.idle(), Duration.ofSeconds(1))));
    server.broker().publish("foo", "x");
    try (var peer = Http2Peer.connect(server.port(), Http2Peer.INITIAL_WINDOW_SIZE, 0)) {
      peer.call(1, SUBSCRIBE).message(1, FOO.toByteArray());
      peer.await(Http2Peer.HEADERS, 1);
      peer.call(3, "emque.v1.Emque/ListTopics").message(3, new byte[0]);

      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> metric("emque_limits_hit_total{limit=\"write_timeout\"}") == 1);

      assertThat(server.broker().stats().subscribers()).isEqualTo(1);
      var window = ByteBuffer.allocate(4).putInt(1 << 16).array();
      peer.send(Http2Peer.WINDOW_UPDATE, 0, 1, window);
      assertThat(peer.await(Http2Peer.DATA, 1).payload()).isNotEmpty();
    }
    awaitSubscribers(0);
  }

  private long metric(String series) {
    var out = new Exposition();
    server.server().limits().write(out);
    return out.toString()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToLong(line -> Long.parseLong(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow();
  }
}
