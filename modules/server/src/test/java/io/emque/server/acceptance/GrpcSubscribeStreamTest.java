package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.api.spi.Authentication;
import io.emque.api.spi.Authority;
import io.emque.api.spi.Authorizer;
import io.emque.api.spi.Identity;
import io.emque.server.AuthOptions;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Subscriptions over gRPC whose credential is renewed in place. */
@Timeout(120)
class GrpcSubscribeStreamTest {
  private static final Metadata.Key<String> ERROR =
      Metadata.Key.of("emque-error", Metadata.ASCII_STRING_MARSHALLER);
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String OLD = "old";
  private static final String NEW = "new";
  private static final String OTHER = "other";

  private final Book book = new Book();
  private TestServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    var auth = new AuthOptions(book, Map.of(), false);
    server = TestServer.start(ServerOptions.DEFAULT.tls(TlsOptions.OFF).auth(auth));
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.close();
  }

  private void publish(String text) {
    server.broker().publish("foo", text);
  }

  @Test
  void renewedStreamOutlivesItsFirstTokenAndAnotherDoesNot() throws Exception {
    var renewed = new Subscriber(OLD).subscribe();
    var left = new Subscriber(OLD).subscribe();
    publish("before");
    assertThat(renewed.text()).isEqualTo("before");
    renewed.renew("bearer " + NEW);
    await().atMost(SOON).until(() -> book.asked.contains(NEW)); // nothing answers a renewal

    book.revoke(OLD);

    assertThat(left.code()).isEqualTo("UNAUTHENTICATED");
    publish("still");
    assertThat(renewed.text()).isEqualTo("still");
    assertThat(renewed.ended).isNotDone();
  }

  @Test
  void streamEndsWhenTheNewTokenIsRefusedOrSomebodyElses() throws Exception {
    assertThat(new Subscriber(OLD).subscribe().renew("Bearer x").code())
        .isEqualTo("UNAUTHENTICATED");
    assertThat(new Subscriber(OLD).subscribe().renew("Basic x").code())
        .isEqualTo("UNAUTHENTICATED");
    assertThat(new Subscriber(OLD).subscribe().renew("Bearer " + OTHER).code())
        .isEqualTo("FORBIDDEN");
    awaitNoSubscribers();
  }

  @Test
  void whatIsNeitherASubscriptionNorARenewalIsRefusedByName() throws Exception {
    assertThat(new Subscriber(OLD).subscribe().ask("bar").code()).isEqualTo("OPTION_INVALID");
    assertThat(new Subscriber(OLD).ask("").code()).isEqualTo("TOPIC_REQUIRED");
    assertThat(new Subscriber(OLD).complete().code()).isEqualTo("TOPIC_REQUIRED");
    assertThat(new Subscriber("x").code()).isEqualTo("UNAUTHENTICATED");
    awaitNoSubscribers();
  }

  @Test
  void callerMayHalfCloseAndListenOn() throws Exception {
    var subscriber = new Subscriber(OLD).subscribe().complete();

    publish("x");

    assertThat(subscriber.text()).isEqualTo("x");
    subscriber.cancel();
    awaitNoSubscribers();
  }

  @Test
  void callersThatGoLeaveNothingBehind() throws Exception {
    for (int i = 0; i < 50; i++) {
      var subscriber = new Subscriber(OLD);
      if (i % 2 == 0) {
        subscriber.subscribe();
      }
      subscriber.cancel();
    }
    new Subscriber(OLD).subscribe();
    channel.shutdownNow();

    awaitNoSubscribers();
  }

  @Test
  void brokerThatStopsSaysSo() throws Exception {
    var subscriber = new Subscriber(OLD).subscribe();

    server.close();

    assertThat(subscriber.deliveries.poll(30, TimeUnit.SECONDS).hasMoved()).isTrue();
    assertThat(subscriber.code()).isEqualTo("DRAINING");
  }

  private void awaitNoSubscribers() {
    await().atMost(SOON).until(() -> server.broker().stats().subscribers() == 0);
  }

  private final class Subscriber implements ClientResponseObserver<SubscribeRequest, Delivery> {
    final BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    final CompletableFuture<Throwable> ended = new CompletableFuture<>();
    private ClientCallStreamObserver<SubscribeRequest> requests;

    Subscriber(String token) {
      EmqueGrpc.newStub(channel).withInterceptors(Door.carrying(token)).subscribeStream(this);
    }

    Subscriber ask(String topic) {
      requests.onNext(SubscribeRequest.newBuilder().setTopic(topic).build());
      return this;
    }

    Subscriber subscribe() throws Exception {
      ask("foo");
      assertThat(deliveries.poll(30, TimeUnit.SECONDS).hasHeartbeat()).isTrue();
      return this;
    }

    Subscriber renew(String authorization) {
      requests.onNext(SubscribeRequest.newBuilder().setAuthorization(authorization).build());
      return this;
    }

    Subscriber complete() {
      requests.onCompleted();
      return this;
    }

    void cancel() {
      requests.cancel("enough", null);
    }

    String text() throws Exception {
      Delivery delivery = deliveries.poll(30, TimeUnit.SECONDS);
      assertThat(delivery).isNotNull();
      return delivery.getMessage().getPayload().toStringUtf8();
    }

    String code() throws Exception {
      Throwable why = ended.get(30, TimeUnit.SECONDS);
      var trailers = ((StatusRuntimeException) why).getTrailers();
      return trailers == null ? why.toString() : String.valueOf(trailers.get(ERROR));
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<SubscribeRequest> stream) {
      requests = stream;
    }

    @Override
    public void onNext(Delivery delivery) {
      deliveries.add(delivery);
    }

    @Override
    public void onError(Throwable why) {
      ended.complete(why);
    }

    @Override
    public void onCompleted() {
      ended.complete(new IllegalStateException("completed"));
    }
  }

  /** Knows three tokens, and remembers what it was asked. */
  private static final class Book implements Authorizer {
    final Set<String> asked = ConcurrentHashMap.newKeySet();
    private final Map<String, String> names =
        new ConcurrentHashMap<>(Map.of(OLD, "good", NEW, "good", OTHER, "other"));
    private Context context;

    @Override
    public String name() {
      return "book";
    }

    @Override
    public Authority open(Context opened) {
      context = opened;
      return credential -> {
        String token = String.valueOf(credential.token());
        asked.add(token);
        String name = names.get(token);
        return name == null
            ? Authentication.refused(Authentication.Reason.UNKNOWN, "nobody has it")
            : Authentication.accepted(new Identity(name, null, (action, topic) -> true));
      };
    }

    void revoke(String token) {
      names.remove(token);
      context.changed();
    }
  }
}
