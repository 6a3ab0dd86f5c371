package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.wire.mq.MQGrpc;
import io.emque.wire.mq.SubRequest;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishReplies;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** gRPC clients that are careless, unlucky or malicious hurt themselves at most. */
@Timeout(90)
class GrpcAbuseTest {
  private static final Metadata.Key<String> ERROR =
      Metadata.Key.of("emque-error", Metadata.ASCII_STRING_MARSHALLER);

  /** The least that HTTP/2 begins with. */
  private static final int WINDOW = 65_535;

  private final List<ManagedChannel> channels = new ArrayList<>();
  private EmqueServer server;

  @TempDir Path folder;
  private Threads threads;

  @BeforeEach
  void start() throws Exception {
    threads = new Threads(folder);
    server = EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", 0).tls(TlsOptions.OFF));
  }

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
  }

  private ManagedChannel channel() {
    var channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port())
            .usePlaintext()
            .maxInboundMessageSize(32 << 20)
            .flowControlWindow(WINDOW)
            .build();
    channels.add(channel);
    return channel;
  }

  private static Publish publish(String topic, byte[] payload) {
    return Publish.newBuilder().setTopic(topic).setPayload(ByteString.copyFrom(payload)).build();
  }

  private static SubscribeRequest subscribe(String topic) {
    return SubscribeRequest.newBuilder().setTopic(topic).build();
  }

  @Test
  void callsThatEndLeaveNoThread() throws Exception {
    var channel = channel();
    for (int i = 0; i < 20; i++) {
      publishStream(channel);
    }
    long before = threads.settled();

    for (int i = 0; i < 200; i++) {
      publishStream(channel);
    }

    threads.awaitBack(before);
  }

  private static void publishStream(Channel channel) throws Exception {
    var answers = new Answers();
    var stream = EmqueGrpc.newStub(channel).publishStream(answers);
    stream.onNext(publish("foo", new byte[10]));
    stream.onCompleted();
    answers.ended.get(20, TimeUnit.SECONDS);
    assertThat(answers.count.get()).isEqualTo(1);
  }

  @Test
  void callsOfEveryKindThatAreCancelledOrCutLeaveNoThread() throws Exception {
    var warm = channel();
    beginEveryKind(warm);
    warm.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    var kept = channel();
    publishStream(kept);
    long before = threads.settled();

    for (int i = 0; i < 10; i++) {
      var channel = channel();
      for (int j = 0; j < 5; j++) {
        beginEveryKind(channel);
      }
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS); // i even: with RST, odd: too
    }
    for (int i = 0; i < 50; i++) {
      for (var call : beginEveryKind(kept)) {
        call.cancel("enough", null);
      }
    }

    threads.awaitBack(before);
    assertThat(server.broker().stats().subscribers()).isZero();
    publishStream(kept);
  }

  /** A subscription, a stream of publishes, a watch and a reflection, all of which have begun. */
  private static List<ClientCallStreamObserver<?>> beginEveryKind(Channel channel)
      throws Exception {
    var subscription = new Begun<SubscribeRequest, Delivery>();
    EmqueGrpc.newStub(channel).subscribe(subscribe("foo"), subscription);
    var publishes = new Begun<Publish, PublishReplies>();
    EmqueGrpc.newStub(channel).publishStream(publishes).onNext(publish("bar", new byte[1]));
    var watch = new Begun<HealthCheckRequest, Object>();
    HealthGrpc.newStub(channel).watch(HealthCheckRequest.getDefaultInstance(), watch.as());
    var reflection = new Begun<ServerReflectionRequest, Object>();
    ServerReflectionGrpc.newStub(channel)
        .serverReflectionInfo(reflection.as())
        .onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    return List.of(subscription.call(), publishes.call(), watch.call(), reflection.call());
  }

  @Test
  void publisherThatReadsNoAnswersIsHeldBackAndLetGo() throws Exception {
    var channel = channel();
    publishStream(channel);
    long before = threads.settled();
    var deaf = new Deaf();
    var stream = EmqueGrpc.newStub(channel).publishStream(deaf);
    var small = publish("foo", new byte[0]);

    long published = 0;
    long last = -1;
    while (last != published) { // until nothing moves any more
      for (int i = 0; i < 200_000 && deaf.call.isReady(); i++) {
        stream.onNext(small);
      }
      last = published;
      await().pollDelay(Duration.ofMillis(300)).until(() -> true);
      published = server.broker().topic("foo").orElseThrow().nextOffset();
    }

    assertThat(published).isLessThan(200_000);
    publishStream(channel); // once the broker has lost its patience
    deaf.call.cancel("enough", null);
    threads.awaitBack(before);
    publishStream(channel);
  }

  @Test
  void busySubscriptionsThatAreCancelledLeaveTheirConnectionToOthers() throws Exception {
    var channel = channel();
    var emque = EmqueGrpc.newStub(channel);
    var lasting = new Counting();
    emque.subscribe(subscribe("foo"), lasting);
    lasting.begun.await();
    var publisher = Thread.ofVirtual().start(() -> publishAsFastAsReadBy(lasting));

    for (int i = 0; i < 500; i++) {
      var other = new Counting();
      emque.subscribe(subscribe("foo"), other);
      other.begun.await();
      other.call.cancel("enough", null);
    }

    publisher.interrupt();
    publisher.join();
    long published = server.broker().topic("foo").orElseThrow().nextOffset();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(lasting.messages.get()).isEqualTo(published));
    assertThat(lasting.failure.get()).isNull();
  }

  private void publishAsFastAsReadBy(Counting subscriber) {
    var payload = new byte[200];
    int published = 0;
    while (!Thread.currentThread().isInterrupted()) {
      if (published - subscriber.messages.get() < 2_000) {
        server.broker().publish("foo", payload);
        published++;
      } else {
        Thread.yield();
      }
    }
  }

  @Test
  void fastSubscribersShareAConnectionWithinItsWindow() throws Exception {
    var channel = channel();
    var subscribers = new ArrayList<Counting>();
    for (int i = 0; i < 4; i++) {
      var subscriber = new Counting();
      EmqueGrpc.newStub(channel).subscribe(subscribe("foo"), subscriber);
      subscriber.begun.await();
      subscribers.add(subscriber);
    }
    var payload = new byte[3_000];

    for (int i = 0; i < 20_000; i++) {
      server.broker().publish("foo", payload);
    }

    for (var subscriber : subscribers) {
      await()
          .atMost(Duration.ofSeconds(40))
          .untilAsserted(
              () -> {
                assertThat(subscriber.failure.get()).isNull();
                assertThat(subscriber.messages.get()).isEqualTo(20_000);
              });
    }
  }

  @Test
  void answersHeadComesAtOnceFromTheOriginalsServiceToo() throws Exception {
    var head = new CountDownLatch(1);
    var call = channel().newCall(MQGrpc.getSubMethod(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onHeaders(Metadata headers) {
            head.countDown();
          }
        },
        new Metadata());
    call.sendMessage(SubRequest.newBuilder().setTopic("quiet").build());
    call.halfClose();
    call.request(1);

    assertThat(head.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(server.broker().stats().subscribers()).isEqualTo(1);
  }

  @Test
  void messagesFarBeyondTheLimitAreRefusedByName() throws Exception {
    var emque = EmqueGrpc.newBlockingStub(channel());
    var huge = publish("foo", new byte[24 << 20]);

    assertRefused(() -> emque.publish(huge), Status.Code.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE");

    assertThat(emque.publish(publish("foo", new byte[1])).getOffset()).isZero();
  }

  @Test
  void compressedMessagesAreRefused() throws Exception {
    var emque = EmqueGrpc.newBlockingStub(channel());

    assertRefused(
        () -> emque.withCompression("gzip").publish(publish("foo", new byte[100_000])),
        Status.Code.UNIMPLEMENTED,
        "NOT_FOUND");

    assertThat(emque.publish(publish("foo", new byte[1])).getOffset()).isZero();
  }

  @Test
  void bytesThatAreNoMessageEndTheirCallAlone() throws Exception {
    var channel = channel();
    var lasting = new Counting();
    EmqueGrpc.newStub(channel).subscribe(subscribe("foo"), lasting);
    lasting.begun.await();

    for (String method : List.of("Publish", "Subscribe", "PublishStream", "ListTopics")) {
      assertRefused(
          () -> call(channel, "emque.v1.Emque/" + method, new byte[] {-1, -1, -1}),
          Status.Code.INTERNAL,
          null);
    }
    assertRefused(
        () -> call(channel, "emque.v1.Emque/Nothing", new byte[0]),
        Status.Code.UNIMPLEMENTED,
        "NOT_FOUND");
    assertRefused(
        () -> call(channel, "nothing/at%20all", new byte[0]),
        Status.Code.UNIMPLEMENTED,
        "NOT_FOUND");

    server.broker().publish("foo", "still there");
    await().untilAsserted(() -> assertThat(lasting.messages.get()).isEqualTo(1));
  }

  @Test
  void claimsOfLargeMessagesTakeNoMemory() throws Exception {
    long before = usedHeap();
    var peers = new ArrayList<Peer>();
    for (int i = 0; i < 8; i++) {
      peers.add(claim(server.port(), 100));
    }

    // 800 messages of 16 MiB were announced, which no heap here holds.
    assertThat(
            EmqueGrpc.newBlockingStub(channel()).publish(publish("foo", new byte[1])).getOffset())
        .isZero();
    assertThat(usedHeap() - before).isLessThan(100L << 20);
    for (Peer peer : peers) {
      peer.close();
    }
  }

  /** Begins calls whose message is never more than its length. */
  private static Peer claim(int port, int calls) throws IOException {
    Peer peer = Peer.connect(port);
    peer.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    peer.send(frame(4, 0, 0));
    for (int i = 0; i < calls; i++) {
      int stream = 2 * i + 1;
      peer.send(frame(1, 4, stream, requestHeaders()));
      peer.send(frame(0, 0, stream, new byte[] {0, 0x00, (byte) 0xff, (byte) 0xff, (byte) 0xff}));
    }
    return peer;
  }

  private static byte[] requestHeaders() {
    var block = new java.io.ByteArrayOutputStream();
    block.write(0x83); // :method POST
    block.write(0x86); // :scheme http
    literal(block, 0x04, "/emque.v1.Emque/Publish"); // :path
    literal(block, 0x01, "localhost"); // :authority
    block.write(0x0f); // content-type, static index 31
    block.write(31 - 15);
    block.write(16);
    block.writeBytes("application/grpc".getBytes(US_ASCII));
    return block.toByteArray();
  }

  private static void literal(java.io.ByteArrayOutputStream block, int name, String value) {
    block.write(name);
    block.write(value.length());
    block.writeBytes(value.getBytes(US_ASCII));
  }

  private static byte[] frame(int type, int flags, int stream, byte... payload) {
    var frame = java.nio.ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) 0).putShort((short) payload.length).put((byte) type).put((byte) flags);
    return frame.putInt(stream).put(payload).array();
  }

  private static byte[] call(Channel channel, String method, byte[] request) {
    var bytes = new KeptCall.Bytes();
    return ClientCalls.blockingUnaryCall(
        channel,
        MethodDescriptor.newBuilder(bytes, bytes)
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(method)
            .build(),
        CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
        request);
  }

  private static void assertRefused(Runnable call, Status.Code status, @Nullable String code) {
    try {
      call.run();
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).as(e.toString()).isEqualTo(status);
      Metadata trailers = e.getTrailers();
      assertThat(trailers == null ? null : trailers.get(ERROR)).isEqualTo(code);
      return;
    }
    throw new AssertionError("not refused");
  }

  // ---- what the server's process holds

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  // ---- clients

  private static class Begun<Q, A> implements ClientResponseObserver<Q, A> {
    final CountDownLatch begun = new CountDownLatch(1);
    final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    ClientCallStreamObserver<Q> call;

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> stream) {
      call = stream;
    }

    ClientCallStreamObserver<?> call() throws InterruptedException {
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      return call;
    }

    @SuppressWarnings("unchecked")
    <B> Begun<Q, B> as() {
      return (Begun<Q, B>) this;
    }

    @Override
    public void onNext(A answer) {
      begun.countDown();
    }

    @Override
    public void onError(Throwable e) {
      failure.set(e);
      begun.countDown();
    }

    @Override
    public void onCompleted() {}
  }

  private static final class Counting extends Begun<SubscribeRequest, Delivery> {
    final AtomicInteger messages = new AtomicInteger();

    @Override
    public void onNext(Delivery delivery) {
      if (delivery.hasMessage()) {
        assertThat(delivery.getMessage().getOffset()).isNotNegative();
        messages.incrementAndGet();
      }
      super.onNext(delivery);
    }
  }

  private static final class Answers extends Begun<Publish, PublishReplies> {
    final AtomicInteger count = new AtomicInteger();
    final CompletableFuture<Void> ended = new CompletableFuture<>();

    @Override
    public void onNext(PublishReplies replies) {
      count.addAndGet(replies.getRepliesCount());
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

  /** Asks for no answer. */
  private static final class Deaf extends Begun<Publish, PublishReplies> {
    @Override
    public void beforeStart(ClientCallStreamObserver<Publish> stream) {
      super.beforeStart(stream);
      stream.disableAutoRequestWithInitial(0);
    }
  }
}
