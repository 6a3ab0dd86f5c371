package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.engine.EngineOptions;
import io.emque.engine.MemoryBroker;
import io.emque.transport.grpc.GrpcTransport;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.HttpTransport;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.helidon.webserver.WebServer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Health by gRPC, of a broker whose log can be made to hang. */
@Timeout(120)
class GrpcHealthTest {
  private volatile CountDownLatch wedge = new CountDownLatch(0);
  private volatile Optional<String> trouble = Optional.empty();
  private HttpTransport transport;
  private GrpcTransport grpc;
  private WebServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() {
    var broker = new MemoryBroker(EngineOptions.DEFAULT, this::hangingClock);
    transport = new HttpTransport(broker, HttpOptions.DEFAULT);
    grpc = new GrpcTransport(broker, transport, HttpOptions.DEFAULT);
    transport.health().add(() -> trouble);
    var config = WebServer.builder().host("127.0.0.1").port(0).useNio(false).shutdownHook(false);
    transport.configure(config, List.of(grpc.selector()));
    grpc.configure(config);
    server = config.build().start();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    wedge.countDown();
    channel.shutdownNow();
    server.stop();
  }

  private Instant hangingClock() {
    try {
      wedge.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Instant.now();
  }

  private ServingStatus check(String service) {
    return HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .check(HealthCheckRequest.newBuilder().setService(service).build())
        .getStatus();
  }

  @Test
  void wedgedBrokerDoesNotServeUntilItGoesOn() {
    assertThat(check("")).isEqualTo(ServingStatus.SERVING);
    wedge = new CountDownLatch(1);
    assertThat(check("emque.v1.Emque")).isEqualTo(ServingStatus.NOT_SERVING);
    wedge.countDown();

    assertThat(check("mq.MQ")).isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void brokerInTroubleDoesNotServeAndWatchersAreTold() {
    var told = new CopyOnWriteArrayList<ServingStatus>();
    HealthGrpc.newStub(channel)
        .watch(
            HealthCheckRequest.getDefaultInstance(),
            new StreamObserver<>() {
              @Override
              public void onNext(HealthCheckResponse answer) {
                told.add(answer.getStatus());
              }

              @Override
              public void onError(Throwable ended) {}

              @Override
              public void onCompleted() {}
            });
    await().untilAsserted(() -> assertThat(told).containsExactly(ServingStatus.SERVING));

    trouble = Optional.of("weather: it rains");

    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(told).containsExactly(ServingStatus.SERVING, ServingStatus.NOT_SERVING));
    assertThat(check("")).isEqualTo(ServingStatus.NOT_SERVING);
  }

  @Test
  void drainingBrokerDoesNotServe() {
    grpc.drain();
    transport.drain(Duration.ZERO);

    assertThat(check("")).isEqualTo(ServingStatus.NOT_SERVING);
  }
}
