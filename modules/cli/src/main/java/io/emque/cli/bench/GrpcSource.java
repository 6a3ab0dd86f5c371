package io.emque.cli.bench;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.emque.wire.mq.MQGrpc;
import io.emque.wire.mq.SubRequest;
import io.emque.wire.mq.SubResponse;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A stream of {@code mq.MQ}, which every server has. */
final class GrpcSource implements Source {
  private static final int REQUESTED = 4_096;

  private final Grpc grpc;
  private final ClientCall<SubRequest, Head> call;
  private final SubRequest request;

  GrpcSource(String topic, Grpc grpc) {
    MethodDescriptor<SubRequest, SubResponse> method = MQGrpc.getSubMethod();
    this.grpc = grpc;
    this.request = SubRequest.newBuilder().setTopic(topic).build();
    this.call = grpc.call(method.toBuilder(method.getRequestMarshaller(), new Heads()).build());
  }

  @Override
  public void readAll(Listener listener) throws IOException {
    var stream = new Stream(listener);
    call.start(stream, grpc.headers());
    call.sendMessage(request);
    call.halfClose();
    call.request(REQUESTED);
    try {
      throw stream.end.get();
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {
    call.cancel("closed", null);
    grpc.close();
  }

  /** What is looked at of a message. */
  private record Head(long first, long second, int length) {}

  private final class Stream extends ClientCall.Listener<Head> {
    private final Listener listener;
    private final CompletableFuture<IOException> end = new CompletableFuture<>();
    private int taken;

    Stream(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void onMessage(Head head) {
      listener.begin(Times.micros());
      try {
        listener.message(head.first, head.second, head.length);
      } finally {
        listener.end();
      }
      taken++;
      if (taken == REQUESTED / 2) {
        call.request(taken);
        taken = 0;
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end.complete(grpc.ended(status, trailers));
    }
  }

  /** Reads stamps and lengths alone. */
  private static final class Heads implements MethodDescriptor.Marshaller<Head> {
    private static final int PAYLOAD = SubResponse.PAYLOAD_FIELD_NUMBER;

    @Override
    public InputStream stream(Head head) {
      throw new UnsupportedOperationException("servers send them");
    }

    @Override
    public Head parse(InputStream stream) {
      try {
        var in = CodedInputStream.newInstance(stream, 64);
        int tag = in.readTag();
        while (tag != 0) {
          if (WireFormat.getTagFieldNumber(tag) == PAYLOAD) {
            int length = in.readRawVarint32();
            if (length < Stamp.BYTES) {
              return new Head(-1, -1, length);
            }
            byte[] stamp = in.readRawBytes(Stamp.BYTES);
            return new Head(Stamp.first(stamp, 0), Stamp.second(stamp, 0), length);
          }
          in.skipField(tag);
          tag = in.readTag();
        }
        return new Head(-1, -1, 0);
      } catch (IOException e) {
        throw new StatusRuntimeException(
            Status.INTERNAL.withDescription("the server sent what is no message").withCause(e));
      }
    }
  }
}
