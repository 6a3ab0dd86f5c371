package io.emque.transport.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.emque.api.BrokerException;
import io.emque.api.Publication;
import io.emque.api.SubscribeOptions;
import io.emque.api.Topics;
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
  private static final int PAYLOAD_TAG =
      (SubResponse.PAYLOAD_FIELD_NUMBER << 3) | WireFormat.WIRETYPE_LENGTH_DELIMITED;

  private final HttpTransport port;
  private final HttpOptions options;

  OriginalService(HttpTransport port, HttpOptions options) {
    this.port = port;
    this.options = options;
  }

  @Override
  public void pub(PubRequest request, StreamObserver<PubResponse> answer) {
    Calls.unary(
        answer,
        () -> {
          CallStream.CURRENT
              .get()
              .caller()
              .broker()
              .appender(Topics.requireValid(request.getTopic()))
              .append(Calls.paced(Publication.of(request.getPayload().toByteArray())));
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
    new LogStream<SubResponse>(port, options.heartbeat(), OriginalService::payloads)
        .run(topic, SubscribeOptions.DEFAULT.slow(options.slow()), "grpc", call);
  }

  /** Each a {@code SubResponse}, whose one field is the payload. */
  private static void payloads(MessageBlock block, Slice slice) {
    for (int i = 0; i < slice.count(); i++) {
      int payload = slice.payloadLength(i);
      if (payload == 0) {
        block.begin(0); // as proto3 has it
        continue;
      }
      int lengthBytes = CodedOutputStream.computeUInt32SizeNoTag(payload);
      block.begin(1 + lengthBytes + payload).put(PAYLOAD_TAG);
      int rest = payload;
      for (; rest > 0x7f; rest >>>= 7) {
        block.put((rest & 0x7f) | 0x80);
      }
      block.put(rest).put(slice.array(), slice.payloadStart(i), payload);
    }
  }
}
