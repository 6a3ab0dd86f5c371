package io.emque.transport.grpc;

import com.google.protobuf.ByteString;
import io.emque.api.BrokerException;
import io.emque.api.Publication;
import io.emque.api.SubscribeOptions;
import io.emque.api.Topics;
import io.emque.engine.LogBroker;
import io.emque.engine.Slice;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.HttpTransport;
import io.emque.wire.mq.MQGrpc;
import io.emque.wire.mq.PubRequest;
import io.emque.wire.mq.PubResponse;
import io.emque.wire.mq.SubRequest;
import io.emque.wire.mq.SubResponse;
import io.grpc.stub.StreamObserver;

/** {@code mq.MQ}, the service of the broker that this one succeeds. */
final class OriginalService extends MQGrpc.MQImplBase {
  private final LogBroker broker;
  private final HttpTransport port;
  private final HttpOptions options;

  OriginalService(LogBroker broker, HttpTransport port, HttpOptions options) {
    this.broker = broker;
    this.port = port;
    this.options = options;
  }

  @Override
  public void pub(PubRequest request, StreamObserver<PubResponse> answer) {
    Calls.unary(
        answer,
        () -> {
          broker
              .appender(Topics.requireValid(request.getTopic()))
              .append(
                  CallStream.CURRENT
                      .get()
                      .traced(Publication.of(request.getPayload().toByteArray())));
          return PubResponse.getDefaultInstance();
        });
  }

  @Override
  public void sub(SubRequest request, StreamObserver<SubResponse> call) {
    String topic;
    try {
      topic = Topics.requireValid(request.getTopic());
    } catch (BrokerException e) {
      call.onError(Statuses.of(e));
      return;
    }
    LogStream.Writing<SubResponse> payloads =
        (observer, reader) -> {
          Slice slice = reader.slice();
          for (int i = 0; i < slice.count(); i++) {
            var payload =
                ByteString.copyFrom(slice.array(), slice.payloadStart(i), slice.payloadLength(i));
            observer.onNext(SubResponse.newBuilder().setPayload(payload).build());
          }
        };
    new LogStream<>(broker, port, options.heartbeat(), payloads)
        .run(topic, SubscribeOptions.DEFAULT.slow(options.slow()), "grpc", call);
  }
}
