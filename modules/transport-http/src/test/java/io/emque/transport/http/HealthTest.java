package io.emque.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(60)
@ExtendWith(QuietLog.class)
class HealthTest {
  private volatile CountDownLatch wedge = new CountDownLatch(0);
  private final TestServer server = TestServer.start(this::hangingClock);

  /** Of the broker: while it hangs, so does every append, with its topic's lock held. */
  private Instant hangingClock() {
    try {
      wedge.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Instant.now();
  }

  @AfterEach
  void stop() {
    wedge.countDown();
    server.close();
  }

  @Test
  void wedgedBrokerIsNotLiveWithinTenSecondsAndIsWhenItGoesOn() throws Exception {
    assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
    wedge = new CountDownLatch(1);
    var answer =
        server
            .client()
            .send(
                java.net.http.HttpRequest.newBuilder(server.uri("/health/live"))
                    .timeout(Duration.ofSeconds(10))
                    .build(),
                java.net.http.HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains("did not come through the broker");
    wedge.countDown();
    assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void aliveIsNotReadyWhileSomethingIsInItsWay() throws Exception {
    server.transport.health().add(() -> Optional.of("weather: it rains"));
    server.transport.health().add(Optional::empty);
    server.transport.health().add(() -> Optional.of("moon: it is full"));

    var answer = server.get("/health/ready");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Emque-Error")).hasValue("OVERLOADED");
    assertThat(answer.body()).startsWith("weather: it rains; moon: it is full");
    assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void drainingBrokerIsAliveAndNotReady() throws Exception {
    server.transport.drain(Duration.ZERO);

    assertThat(server.get("/health/ready").headers().firstValue("Emque-Error"))
        .hasValue("DRAINING");
    assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void canaryIsSeenByNobody() throws Exception {
    server.get("/health/live");

    assertThat(server.get("/topics").body()).contains("\"topics\":[]");
    assertThat(server.get("/metrics").body()).contains("emque_messages_published_total 0\n");
  }
}
