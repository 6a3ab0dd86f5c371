package io.emque.transport.grpc;

import io.emque.transport.http.Health;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * {@code grpc.health.v1.Health}: serving while the broker is alive and ready. A check looks when it
 * is asked; who watches is told within seconds.
 *
 * <p><b>Threads:</b> any.
 */
final class HealthService extends HealthGrpc.HealthImplBase {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final Health health;
  private final List<String> services;
  private final HealthStatusManager statuses = new HealthStatusManager();
  private final HealthGrpc.HealthImplBase library =
      (HealthGrpc.HealthImplBase) statuses.getHealthService();
  private final AtomicBoolean drained = new AtomicBoolean();
  private final AtomicReference<@Nullable Thread> watching = new AtomicReference<>();

  /**
   * @param services names that are asked for, beside the empty one for all
   */
  HealthService(Health health, List<String> services) {
    this.health = health;
    this.services = services;
    set(ServingStatus.SERVING);
  }

  @Override
  public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answer) {
    look();
    library.check(request, answer);
  }

  @Override
  public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answers) {
    look();
    if (watching.get() == null) {
      Thread looking = Thread.ofVirtual().name("emque-grpc-health").unstarted(this::lookAgain);
      if (watching.compareAndSet(null, looking)) {
        looking.start();
      }
    }
    library.watch(request, answers);
  }

  private void lookAgain() {
    try {
      while (!health.draining()) {
        Thread.sleep(LOOK_AGAIN);
        look();
      }
    } catch (InterruptedException drained) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    boolean serves = !health.draining() && health.isLive() && health.trouble().isEmpty();
    set(serves ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  }

  private void set(ServingStatus status) {
    statuses.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    services.forEach(service -> statuses.setStatus(service, status));
  }

  /** Not serving from now on. Harmless the second time. */
  void drain() {
    if (!drained.compareAndSet(false, true)) {
      return; // the library would warn
    }
    statuses.enterTerminalState();
    Thread looking = watching.get();
    if (looking != null) {
      looking.interrupt();
    }
  }
}
