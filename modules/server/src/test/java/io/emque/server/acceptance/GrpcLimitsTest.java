package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.limits.Limits;
import io.emque.transport.http.limits.Rate;
import io.emque.transport.http.limits.Timeouts;
import io.emque.transport.http.metrics.Exposition;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishReplies;
import io.emque.wire.v1.PublishReply;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients may take, over gRPC. */
@Timeout(120)
class GrpcLimitsTest {
  private static final Metadata.Key<String> ERROR =
      Metadata.Key.of("emque-error", Metadata.ASCII_STRING_MARSHALLER);

  private final List<AutoCloseable> open = new ArrayList<>();
  private TestServer server;
  private ManagedChannel channel;

  private EmqueGrpc.EmqueBlockingStub start(Limits limits) throws Exception {
    server =
        TestServer.start(
            ServerOptions.DEFAULT.tls(TlsOptions.OFF).http(HttpOptions.DEFAULT.limits(limits)));
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port())
            .usePlaintext()
            .maxInboundMessageSize(32 << 20)
            .build();
    return EmqueGrpc.newBlockingStub(channel);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    channel.shutdownNow();
    server.close();
  }

  private static Publish publish(int bytes) {
    return Publish.newBuilder()
        .setTopic("foo")
        .setPayload(ByteString.copyFrom(new byte[bytes]))
        .build();
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

  private static void assertRefused(Runnable call, String code) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
              assertThat(e.getTrailers()).isNotNull();
              assertThat(e.getTrailers().get(ERROR)).isEqualTo(code);
            });
  }

  @Test
  void oneSubscriptionTooManyIsRefusedUntilOneHasGone() throws Exception {
    var emque = start(Limits.DEFAULT.subscriptions(1));
    var first = Context.current().withCancellation();
    var request = SubscribeRequest.newBuilder().setTopic("foo").build();
    Iterator<Delivery> subscribed = first.call(() -> emque.subscribe(request));
    assertThat(subscribed.next().hasHeartbeat()).isTrue();

    assertRefused(() -> emque.subscribe(request).next(), "TOO_MANY_SUBSCRIPTIONS");

    assertThat(metric("emque_limits_hit_total{limit=\"max_subscriptions\"}")).isEqualTo(1);
    first.cancel(null);
    await().until(() -> server.broker().stats().subscribers() == 0);
    await().ignoreExceptions().until(() -> emque.subscribe(request).next().hasHeartbeat());
  }

  @Test
  void callsThatComeTooFastAreRefused() throws Exception {
    var emque = start(Limits.DEFAULT.rates(new Rate(0, 1024), Rate.NONE));

    emque.publish(publish(2048)); // paid for within a second and a bit

    assertRefused(() -> emque.publish(publish(1)), "RATE_LIMITED");
    await().ignoreExceptions().until(() -> emque.publish(publish(1)).getOffset() > 0);
  }

  @Test
  void aStreamGetsARefusalInPlaceOfEachMessageThatComesTooFast() throws Exception {
    start(Limits.DEFAULT.rates(new Rate(0, 1024), Rate.NONE));
    var replies = new ArrayList<PublishReply>();
    var ended = new CompletableFuture<Void>();
    StreamObserver<Publish> stream =
        EmqueGrpc.newStub(channel).publishStream(new Collecting(replies, ended));

    for (int i = 0; i < 5; i++) {
      stream.onNext(publish(60 * 1024));
    }
    stream.onCompleted();
    ended.get(30, TimeUnit.SECONDS);

    assertThat(replies).hasSize(5);
    assertThat(replies.getFirst().hasAck()).isTrue();
    assertThat(replies.subList(1, 5))
        .allSatisfy(reply -> assertThat(reply.getError().getCode()).isEqualTo("RATE_LIMITED"));
  }

  @Test
  void messagesThatStopComingMakeRoomForOthers() throws Exception {
    var emque = start(Limits.DEFAULT.inFlightBytes(1 << 20));
    for (int i = 0; i < 6; i++) {
      open.add(stalled(1 << 20, 15));
    }
    await().until(() -> metric("emque_inflight_bytes") > 700 << 10);

    for (int i = 0; i < 4; i++) {
      assertThat(emque.publish(publish(200_000)).getOffset()).isEqualTo(i);
    }

    assertThat(metric("emque_limits_hit_total{limit=\"inflight_bytes\"}")).isPositive();
    for (AutoCloseable each : open) {
      each.close();
    }
    await().until(() -> metric("emque_inflight_bytes") == 0);
  }

  @Test
  void aCallWhoseMessageDoesNotComeIsEnded() throws Exception {
    Timeouts usual = Timeouts.DEFAULT;
    var emque =
        start(
            Limits.DEFAULT.timeouts(
                new Timeouts(
                    usual.handshake(), Duration.ofSeconds(1), usual.idle(), usual.write())));
    open.add(stalled(1 << 20, 0));

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> metric("emque_limits_hit_total{limit=\"request_timeout\"}") == 1);

    assertThat(emque.publish(publish(1)).getOffset()).isZero();
  }

  /** A call whose message of so many bytes ends after some frames of 16 KiB. */
  private Http2Peer stalled(int bytes, int frames) throws IOException {
    Http2Peer peer = Http2Peer.connect(server.port());
    peer.call(1, "emque.v1.Emque/Publish");
    peer.send(Http2Peer.DATA, 0, 1, ByteBuffer.allocate(5).putInt(1, bytes).array());
    for (int i = 0; i < frames; i++) {
      peer.send(Http2Peer.DATA, 0, 1, new byte[16 * 1024]);
    }
    return peer;
  }

  private record Collecting(List<PublishReply> replies, CompletableFuture<Void> ended)
      implements StreamObserver<PublishReplies> {
    @Override
    public void onNext(PublishReplies some) {
      replies.addAll(some.getRepliesList());
    }

    @Override
    public void onError(Throwable e) {
      ended.completeExceptionally(e);
    }

    @Override
    public void onCompleted() {
      ended.complete(null);
    }
  }
}
