package io.emque.transport.grpc;

import io.emque.engine.LogBroker;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.HttpTransport;
import io.emque.wire.mq.MQGrpc;
import io.emque.wire.mq.MqProto;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.EmqueProto;
import io.grpc.MethodDescriptor;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.health.v1.HealthProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.grpc.GrpcReflectionFeature;
import io.helidon.webserver.grpc.GrpcRouting;
import io.helidon.webserver.http2.spi.Http2SubProtocolSelector;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
  private final HealthService health;

  /**
   * @param port what the streams share their connections with
   */
  public GrpcTransport(LogBroker broker, HttpTransport port, HttpOptions options) {
    this.broker = broker;
    this.port = port;
    this.options = options;
    this.health = new HealthService(port.health(), List.of("emque.v1.Emque", "mq.MQ"));
  }

  /** Adds the services. */
  public void configure(WebServerConfig.Builder server) {
    server
        .addRouting(
            GrpcRouting.builder()
                .service(
                    EmqueProto.getDescriptor(), Unparsed.service(new EmqueService(port, options)))
                .service(
                    MqProto.getDescriptor(), Unparsed.service(new OriginalService(port, options)))
                .service(HealthProto.getDescriptor(), Unparsed.service(health))
                .intercept(AnsweredCall.interceptor(port.traffic())))
        .addFeature(GrpcReflectionFeature.create(reflection -> reflection.enabled(true)));
  }

  /** What finds out that a stream speaks gRPC. */
  public Http2SubProtocolSelector selector() {
    int largest =
        (int)
            Math.min(
                Integer.MAX_VALUE - BEYOND_LIMIT,
                broker.options().maxMessageBytes() + (long) BEYOND_LIMIT);
    return new GrpcSelector(port, methods(), largest);
  }

  private static Set<String> methods() {
    return Stream.of(
            EmqueGrpc.getServiceDescriptor(),
            MQGrpc.getServiceDescriptor(),
            HealthGrpc.getServiceDescriptor(),
            ServerReflectionGrpc.getServiceDescriptor(),
            io.grpc.reflection.v1alpha.ServerReflectionGrpc.getServiceDescriptor())
        .flatMap(service -> service.getMethods().stream())
        .map(MethodDescriptor::getFullMethodName)
        .collect(Collectors.toSet());
  }

  /** Not serving from now on. */
  public void drain() {
    health.drain();
  }
}
