package io.emque.transport.grpc;

import io.emque.engine.LogBroker;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.HttpTransport;
import io.emque.wire.mq.MqProto;
import io.emque.wire.v1.EmqueProto;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.grpc.GrpcConfig;
import io.helidon.webserver.grpc.GrpcProtocolSelector;
import io.helidon.webserver.grpc.GrpcReflectionFeature;
import io.helidon.webserver.grpc.GrpcRouting;
import io.helidon.webserver.http2.spi.Http2SubProtocolSelector;

/**
 * gRPC for a broker. {@link #configure} a server with it, give {@link #selector} to the transport
 * that has the port; to stop, {@link #drain} with that one.
 */
public final class GrpcTransport {
  /** A message over the limit is read as far as this, to be refused in words. */
  private static final int BEYOND_LIMIT = 1024 * 1024;

  private final LogBroker broker;
  private final HttpTransport port;
  private final HttpOptions options;
  private final HealthStatusManager health = new HealthStatusManager();

  /**
   * @param port what the streams share their connections with
   */
  public GrpcTransport(LogBroker broker, HttpTransport port, HttpOptions options) {
    this.broker = broker;
    this.port = port;
    this.options = options;
  }

  /** Adds the services. */
  public void configure(WebServerConfig.Builder server) {
    health.setStatus("emque.v1.Emque", ServingStatus.SERVING);
    health.setStatus("mq.MQ", ServingStatus.SERVING);
    server
        .addRouting(
            GrpcRouting.builder()
                .service(EmqueProto.getDescriptor(), new EmqueService(broker, port, options))
                .service(MqProto.getDescriptor(), new OriginalService(broker, port, options))
                .service(health.getHealthService()))
        .addFeature(GrpcReflectionFeature.create(reflection -> reflection.enabled(true)));
  }

  /** What finds out that a stream speaks gRPC. */
  public Http2SubProtocolSelector selector() {
    int largest =
        (int) Math.min(Integer.MAX_VALUE, broker.options().maxMessageBytes() + (long) BEYOND_LIMIT);
    return GrpcProtocolSelector.create(GrpcConfig.builder().maxReadBufferSize(largest).build());
  }

  /** Not serving from now on. */
  public void drain() {
    health.enterTerminalState();
  }
}
