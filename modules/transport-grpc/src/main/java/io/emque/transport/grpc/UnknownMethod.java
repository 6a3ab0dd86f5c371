package io.emque.transport.grpc;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.HeaderNames;
import io.helidon.http.WritableHeaders;
import io.helidon.http.http2.FlowControl;
import io.helidon.http.http2.Http2Flag;
import io.helidon.http.http2.Http2FrameHeader;
import io.helidon.http.http2.Http2FrameTypes;
import io.helidon.http.http2.Http2Headers;
import io.helidon.http.http2.Http2RstStream;
import io.helidon.http.http2.Http2StreamState;
import io.helidon.http.http2.Http2StreamWriter;
import io.helidon.http.http2.Http2WindowUpdate;
import io.helidon.webserver.http2.spi.Http2SubProtocolSelector;

/** A call of what is not there: UNIMPLEMENTED, as every gRPC server says. */
final class UnknownMethod implements Http2SubProtocolSelector.SubProtocolHandler {
  private final String path;
  private final Http2StreamWriter writer;
  private final int streamId;
  private volatile Http2StreamState state;

  UnknownMethod(String path, Http2StreamWriter writer, int streamId, Http2StreamState state) {
    this.path = path;
    this.writer = writer;
    this.streamId = streamId;
    this.state = state;
  }

  @Override
  public void init() {
    var refusal =
        new BrokerException(
            ErrorCode.NOT_FOUND,
            "there is no method "
                + path
                + "; see /emque.v1.Emque, /mq.MQ, or ask the server's reflection service");
    var headers = WritableHeaders.create();
    headers.set(HeaderNames.CONTENT_TYPE, "application/grpc");
    headers.set(HeaderNames.create("grpc-status"), refusal.code().grpcStatus());
    headers.set(HeaderNames.create("grpc-message"), Statuses.encoded(refusal.getMessage()));
    headers.set(HeaderNames.create("emque-error"), refusal.code().name());
    Http2Headers trailersOnly = Http2Headers.create(headers);
    trailersOnly.status(io.helidon.http.Status.OK_200);
    writer.writeHeaders(
        trailersOnly,
        streamId,
        Http2Flag.HeaderFlags.create(Http2Flag.END_OF_HEADERS | Http2Flag.END_OF_STREAM),
        FlowControl.Outbound.NOOP);
    state =
        state == Http2StreamState.HALF_CLOSED_REMOTE
            ? Http2StreamState.CLOSED
            : Http2StreamState.HALF_CLOSED_LOCAL;
  }

  @Override
  public Http2StreamState streamState() {
    return state;
  }

  @Override
  public void rstStream(Http2RstStream reset) {
    state = Http2StreamState.CLOSED;
  }

  @Override
  public void windowUpdate(Http2WindowUpdate update) {}

  @Override
  public void data(Http2FrameHeader header, BufferData data) {
    if (header.flags(Http2FrameTypes.DATA).endOfStream()) {
      state = Http2StreamState.CLOSED;
    }
  }
}
