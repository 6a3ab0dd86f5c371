package io.emque.transport.grpc;

import io.emque.transport.http.HttpTransport;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.http.http2.Http2Headers;
import io.helidon.http.http2.Http2Settings;
import io.helidon.http.http2.Http2StreamState;
import io.helidon.http.http2.Http2StreamWriter;
import io.helidon.http.http2.StreamFlowControl;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.grpc.GrpcConfig;
import io.helidon.webserver.grpc.GrpcProtocolSelector;
import io.helidon.webserver.http2.spi.Http2SubProtocolSelector;
import io.helidon.webserver.http2.spi.SubProtocolResult;
import java.util.Set;

/** Gives the library its calls, each behind a {@link CallStream}. */
final class GrpcSelector implements Http2SubProtocolSelector {
  private static final String GRPC = "application/grpc";

  private final GrpcProtocolSelector library;
  private final HttpTransport port;
  private final Set<String> methods;
  private final int maxMessageBytes;

  /**
   * @param methods full names, as {@code mq.MQ/Pub}
   */
  GrpcSelector(HttpTransport port, Set<String> methods, int maxMessageBytes) {
    // A small compressed message may be a large one: nobody is asked to take that.
    this.library =
        GrpcProtocolSelector.create(
            GrpcConfig.builder()
                .enableCompression(false)
                .maxReadBufferSize(maxMessageBytes)
                .build());
    this.port = port;
    this.methods = methods;
    this.maxMessageBytes = maxMessageBytes;
  }

  @Override
  public SubProtocolResult subProtocol(
      ConnectionContext context,
      HttpPrologue prologue,
      Http2Headers headers,
      Http2StreamWriter writer,
      int streamId,
      Http2Settings serverSettings,
      Http2Settings clientSettings,
      StreamFlowControl flowControl,
      Http2StreamState state,
      Router router) {
    String type = headers.httpHeaders().first(HeaderNames.CONTENT_TYPE).orElse("");
    if (!prologue.method().equals(Method.POST) || !isGrpc(type)) {
      return NOT_SUPPORTED;
    }
    String path = prologue.uriPath().rawPath();
    if (!methods.contains(path.substring(1))) {
      return new SubProtocolResult(true, new UnknownMethod(path, writer, streamId, state));
    }
    SubProtocolResult call =
        library.subProtocol(
            context,
            prologue,
            headers,
            writer,
            streamId,
            serverSettings,
            clientSettings,
            flowControl,
            state,
            router);
    return new SubProtocolResult(
        true,
        new CallStream(
            call.subProtocol(),
            port,
            new CallFrames(writer, flowControl.outbound(), streamId),
            streamId,
            maxMessageBytes));
  }

  /** Not {@code application/grpc-web}, which is another protocol. */
  private static boolean isGrpc(String type) {
    return type.startsWith(GRPC)
        && (type.length() == GRPC.length() || "+; ".indexOf(type.charAt(GRPC.length())) >= 0);
  }
}
