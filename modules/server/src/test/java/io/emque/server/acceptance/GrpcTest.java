package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.emque.api.Message;
import io.emque.api.SubscribeOptions;
import io.emque.client.Emque;
import io.emque.client.Transport;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.wire.mq.MQGrpc;
import io.emque.wire.mq.PubRequest;
import io.emque.wire.mq.SubRequest;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.ListTopicsRequest;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishReplies;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** gRPC on the port of HTTP, spoken by grpc-java with Netty. */
@Timeout(60)
class GrpcTest {
  private static final Metadata.Key<String> ERROR =
      Metadata.Key.of("emque-error", Metadata.ASCII_STRING_MARSHALLER);

  private final ArrayList<ManagedChannel> channels = new ArrayList<>();

  @AfterEach
  void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }

  private static EmqueServer server() throws Exception {
    return EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", 0));
  }

  private ManagedChannel channel(EmqueServer server) throws Exception {
    var builder =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port())
            .maxInboundMessageSize(32 * 1024 * 1024);
    if (server.fingerprint().isPresent()) {
      builder
          .sslContext(
              GrpcSslContexts.forClient()
                  .trustManager(InsecureTrustManagerFactory.INSTANCE)
                  .build())
          .overrideAuthority("localhost");
    } else {
      builder.usePlaintext();
    }
    var channel = builder.build();
    channels.add(channel);
    return channel;
  }

  private static Publish publish(String topic, String payload) {
    return Publish.newBuilder()
        .setTopic(topic)
        .setPayload(ByteString.copyFromUtf8(payload))
        .build();
  }

  @Test
  void originalsServicePublishesAndSubscribes() throws Exception {
    try (var server = server()) {
      var mq = MQGrpc.newBlockingStub(channel(server));
      var payloads = mq.sub(SubRequest.newBuilder().setTopic("foo").build());
      awaitSubscriber(server, "foo");

      mq.pub(
          PubRequest.newBuilder()
              .setTopic("foo")
              .setPayload(ByteString.copyFromUtf8("hello"))
              .build());

      assertThat(payloads.next().getPayload().toStringUtf8()).isEqualTo("hello");
    }
  }

  @Test
  void traceOfACallIsPassedOnWithItsMessage() throws Exception {
    String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    var headers = new Metadata();
    headers.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), trace);
    headers.put(Metadata.Key.of("tracestate", Metadata.ASCII_STRING_MARSHALLER), "a=1");
    try (var server = server()) {
      var traced =
          ClientInterceptors.intercept(
              channel(server), MetadataUtils.newAttachHeadersInterceptor(headers));
      var subscription = server.broker().subscribe("foo", SubscribeOptions.DEFAULT);

      EmqueGrpc.newBlockingStub(traced)
          .publish(publish("foo", "1").toBuilder().putHeaders("own", "x").build());
      MQGrpc.newBlockingStub(traced).pub(PubRequest.newBuilder().setTopic("foo").build());

      assertThat(((Message) subscription.take()).headers())
          .isEqualTo(Map.of("own", "x", "traceparent", trace, "tracestate", "a=1"));
      assertThat(((Message) subscription.take()).headers())
          .isEqualTo(Map.of("traceparent", trace, "tracestate", "a=1"));
    }
  }

  private static void awaitSubscriber(EmqueServer server, String topic) {
    await()
        .untilAsserted(
            () ->
                assertThat(server.broker().topic(topic).orElseThrow().subscribers()).isNotEmpty());
  }

  @Test
  void subscriptionBeginsWithAHeartbeatAndBringsTenThousandMessagesInOrder() throws Exception {
    try (var server = server()) {
      var emque = EmqueGrpc.newBlockingStub(channel(server));
      Iterator<Delivery> deliveries =
          emque.subscribe(SubscribeRequest.newBuilder().setTopic("foo").build());
      assertThat(deliveries.next().getHeartbeat().getCursor()).endsWith(":-1");

      for (int i = 0; i < 10_000; i++) {
        server.broker().publish("foo", Integer.toString(i));
      }

      for (int i = 0; i < 10_000; i++) {
        var message = deliveries.next().getMessage();
        assertThat(message.getOffset()).isEqualTo(i);
        assertThat(message.getPayload().toStringUtf8()).isEqualTo(Integer.toString(i));
      }
    }
  }

  @Test
  void streamOfPublishesIsAnsweredInOrderAndARefusalDoesNotEndIt() throws Exception {
    try (var server = server()) {
      BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
      StreamObserver<Publish> stream =
          EmqueGrpc.newStub(channel(server)).publishStream(collecting(answers));

      for (int i = 0; i < 1_000; i++) {
        stream.onNext(publish(i == 500 ? "" : "foo", "m" + i));
      }
      stream.onCompleted();

      int seen = 0;
      for (Object next = next(answers); !next.equals("completed"); next = next(answers)) {
        for (var reply : ((PublishReplies) next).getRepliesList()) {
          if (seen == 500) {
            assertThat(reply.getError().getCode()).isEqualTo("TOPIC_REQUIRED");
          } else {
            assertThat(reply.getAck().getOffset()).isEqualTo(seen < 500 ? seen : seen - 1);
          }
          seen++;
        }
      }
      assertThat(seen).isEqualTo(1_000);
    }
  }

  private static Object next(BlockingQueue<Object> queue) throws InterruptedException {
    Object next = queue.poll(20, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  private static <T> StreamObserver<T> collecting(BlockingQueue<Object> into) {
    return new StreamObserver<>() {
      @Override
      public void onNext(T value) {
        into.add(value);
      }

      @Override
      public void onError(Throwable e) {
        into.add(e);
      }

      @Override
      public void onCompleted() {
        into.add("completed");
      }
    };
  }

  @Test
  void messagesUpToTheLimitPassAndLargerOnesAreRefusedByName() throws Exception {
    try (var server = server()) {
      var emque = EmqueGrpc.newBlockingStub(channel(server));
      var limit = new byte[16 * 1024 * 1024];

      var ack =
          emque.publish(
              Publish.newBuilder().setTopic("foo").setPayload(ByteString.copyFrom(limit)).build());

      assertThat(ack.getOffset()).isZero();
      Iterator<Delivery> deliveries =
          emque.subscribe(
              SubscribeRequest.newBuilder().setTopic("foo").setFrom("earliest").build());
      assertThat(deliveries.next().hasHeartbeat()).isTrue();
      assertThat(deliveries.next().getMessage().getPayload().size()).isEqualTo(limit.length);
      var larger = new byte[limit.length + 1];
      refused(
          () ->
              emque.publish(
                  Publish.newBuilder()
                      .setTopic("foo")
                      .setPayload(ByteString.copyFrom(larger))
                      .build()),
          Status.Code.RESOURCE_EXHAUSTED,
          "MESSAGE_TOO_LARGE");
    }
  }

  private static void refused(Runnable call, Status.Code status, String code) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(status);
              assertThat(e.getTrailers().get(ERROR)).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).isNotEmpty();
            });
  }

  @Test
  void wrongRequestsEndWithTheStatusThatFits() throws Exception {
    try (var server = server()) {
      var emque = EmqueGrpc.newBlockingStub(channel(server));

      refused(
          () -> emque.publish(publish("", "x")), Status.Code.INVALID_ARGUMENT, "TOPIC_REQUIRED");
      refused(
          () -> emque.publish(publish("a\nb", "x")), Status.Code.INVALID_ARGUMENT, "TOPIC_INVALID");
      refused(
          () ->
              emque
                  .subscribe(
                      SubscribeRequest.newBuilder().setTopic("foo").setFrom("nowhere").build())
                  .next(),
          Status.Code.INVALID_ARGUMENT,
          "CURSOR_INVALID");
      refused(
          () ->
              emque
                  .subscribe(SubscribeRequest.newBuilder().setTopic("ü").setSlow("block").build())
                  .next(),
          Status.Code.PERMISSION_DENIED,
          "FORBIDDEN");
    }
  }

  @Test
  void cancelledAndCutSubscriptionsLeaveNothing() throws Exception {
    try (var server = server()) {
      for (int i = 0; i < 200; i++) {
        var channel = i % 20 == 0 ? channel(server) : channels.getLast();
        var context = io.grpc.Context.current().withCancellation();
        context.run(
            () ->
                EmqueGrpc.newBlockingStub(channel)
                    .subscribe(SubscribeRequest.newBuilder().setTopic("foo").build())
                    .next());
        if (i % 20 != 19) {
          context.cancel(null);
        }
      }
      channels.forEach(ManagedChannel::shutdownNow);

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(server.broker().stats().subscribers()).isZero());
    }
  }

  @Test
  void subscriberThatDoesNotReadHoldsNobodyElseUpAndLearnsWhatItMissed() throws Exception {
    var engine = io.emque.engine.EngineOptions.DEFAULT.retainBytes(1 << 20);
    try (var server =
        EmqueServer.start(ServerOptions.DEFAULT.listen("127.0.0.1", 0).engine(engine))) {
      Iterator<Delivery> slow =
          EmqueGrpc.newBlockingStub(channel(server))
              .subscribe(SubscribeRequest.newBuilder().setTopic("foo").build());
      slow.next();
      var payload = new byte[10_000];

      for (int i = 0; i < 5_000; i++) {
        server.broker().publish("foo", payload);
      }

      assertThat(server.broker().stats().memoryBytes()).isLessThan(4 << 20);
      long expected = 0;
      boolean gap = false;
      while (expected < 5_000) {
        Delivery delivery = slow.next();
        if (delivery.hasGap()) {
          gap = true;
          expected += delivery.getGap().getMissed();
        } else if (delivery.hasMessage()) {
          assertThat(delivery.getMessage().getOffset()).isEqualTo(expected++);
        }
      }
      assertThat(gap).isTrue();
    }
  }

  @Test
  void stoppingServerSaysGoodbyeAfterWhatIsDue() throws Exception {
    var server = server();
    var channel = channel(server);
    Iterator<Delivery> deliveries =
        EmqueGrpc.newBlockingStub(channel)
            .subscribe(SubscribeRequest.newBuilder().setTopic("foo").build());
    deliveries.next();
    server.broker().publish("foo", "last");

    server.close();

    var last = deliveries.next().getMessage();
    assertThat(last.getPayload().toStringUtf8()).isEqualTo("last");
    String cursor = last.getEpoch() + ":" + last.getOffset();
    assertThat(deliveries.next().getMoved().getCursor()).isEqualTo(cursor);
    assertThatThrownBy(deliveries::next)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
              assertThat(e.getTrailers().get(ERROR)).isEqualTo("DRAINING");
              assertThat(e.getTrailers().get(trailer("emque-after"))).isEqualTo(cursor);
              assertThat(e.getTrailers().get(trailer("grpc-retry-pushback-ms"))).matches("[0-9]");
            });
  }

  private static Metadata.Key<String> trailer(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  @Test
  void healthReflectionAndTopicsAreThere() throws Exception {
    try (var server = server()) {
      var channel = channel(server);
      server.broker().publish("a", "x");
      server.broker().publish("b", "x");

      assertThat(
              HealthGrpc.newBlockingStub(channel)
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
      BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
      var reflection =
          ServerReflectionGrpc.newStub(channel).serverReflectionInfo(collecting(answers));
      reflection.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
      var services = (ServerReflectionResponse) next(answers);
      reflection.onCompleted();
      assertThat(services.getListServicesResponse().getServiceList())
          .extracting(service -> service.getName())
          .contains("emque.v1.Emque", "mq.MQ");
      var emque = EmqueGrpc.newBlockingStub(channel);
      var page = emque.listTopics(ListTopicsRequest.newBuilder().setLimit(1).build());
      assertThat(page.getTopics(0).getName()).isEqualTo("a");
      assertThat(page.getMore()).isTrue();
    }
  }

  @Test
  void plaintextAndHttpShareThePortAndGrpcAloneRefusesHttpInWords() throws Exception {
    var options = ServerOptions.DEFAULT.listen("127.0.0.1", 0).tls(TlsOptions.OFF);
    try (var server = EmqueServer.start(options)) {
      EmqueGrpc.newBlockingStub(channel(server)).publish(publish("foo", "x"));
      assertThat(get(server, "/topics?topic=foo").status()).isEqualTo(200);
    }
    try (var server = EmqueServer.start(options.transport(io.emque.server.Transport.GRPC))) {
      EmqueGrpc.newBlockingStub(channel(server)).publish(publish("foo", "x"));
      assertThat(get(server, "/topics").body()).contains("speaks gRPC alone");
      assertThat(get(server, "/health/live").status()).isEqualTo(200);
    }
    try (var server = EmqueServer.start(options.transport(io.emque.server.Transport.HTTP))) {
      var stub = EmqueGrpc.newBlockingStub(channel(server));
      assertThatThrownBy(() -> stub.publish(publish("foo", "x")))
          .isInstanceOf(StatusRuntimeException.class);
    }
  }

  private static Peer.Answer get(EmqueServer server, String path) throws Exception {
    try (var peer = Peer.connect(server.port())) {
      peer.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      return peer.readAnswer();
    }
  }

  @Test
  void javaClientDoesTheSameOverGrpc() throws Exception {
    try (var server = server();
        var emque =
            Emque.builder().servers(server.uri().toString()).transport(Transport.GRPC).connect();
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      try (var publisher = emque.publisher("foo")) {
        for (int i = 0; i < 20_000; i++) {
          publisher.send(Integer.toString(i));
        }
      }

      for (int i = 0; i < 20_000; i++) {
        var message = (Message) subscription.poll(Duration.ofSeconds(20));
        assertThat(message.text()).isEqualTo(Integer.toString(i));
      }
      assertThat(emque.topics(null, 10)).hasSize(1);
      assertThat(emque.topic("foo").orElseThrow().subscribers()).hasSize(1);
    }
  }
}
