package io.emque.transport.grpc;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.SubscribeOptions;
import io.emque.api.TopicInfo;
import io.emque.api.Topics;
import io.emque.engine.LogBroker;
import io.emque.engine.Reader;
import io.emque.engine.Slice;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.HttpTransport;
import io.emque.transport.http.Moved;
import io.emque.transport.http.SubscribeParameters;
import io.emque.transport.http.access.Caller;
import io.emque.wire.DeliveryHead;
import io.emque.wire.Envelopes;
import io.emque.wire.v1.DeleteTopicReply;
import io.emque.wire.v1.DeleteTopicRequest;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.EmqueGrpc;
import io.emque.wire.v1.Heartbeat;
import io.emque.wire.v1.ListTopicsReply;
import io.emque.wire.v1.ListTopicsRequest;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishAck;
import io.emque.wire.v1.PublishReplies;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** {@code emque.v1.Emque}. */
final class EmqueService extends EmqueGrpc.EmqueImplBase {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;

  private final HttpTransport port;
  private final HttpOptions options;

  EmqueService(HttpTransport port, HttpOptions options) {
    this.port = port;
    this.options = options;
  }

  @Override
  public void publish(Publish request, StreamObserver<PublishAck> answer) {
    Calls.unary(
        answer,
        () ->
            Envelopes.ack(
                broker()
                    .appender(Topics.requireValid(request.getTopic()))
                    .append(Calls.paced(Envelopes.publication(request)))));
  }

  @Override
  public StreamObserver<Publish> publishStream(StreamObserver<PublishReplies> answers) {
    var call = (ServerCallStreamObserver<PublishReplies>) answers;
    Caller caller = CallStream.CURRENT.get().caller();
    try {
      caller.identity();
    } catch (BrokerException e) {
      call.onError(Statuses.of(e));
      return new Ignored<>();
    }
    return new PublishStream(caller, port, call);
  }

  @Override
  public void subscribe(SubscribeRequest request, StreamObserver<Delivery> call) {
    String topic;
    SubscribeOptions subscribe;
    try {
      topic = Topics.requireValid(request.getTopic());
      subscribe = asked(request);
    } catch (BrokerException e) {
      call.onError(Statuses.of(e));
      return;
    }
    new LogStream<>(port, options.heartbeat(), new Deliveries())
        .run(topic, subscribe, "grpc", call);
  }

  @Override
  public StreamObserver<SubscribeRequest> subscribeStream(StreamObserver<Delivery> deliveries) {
    var call = (ServerCallStreamObserver<Delivery>) deliveries;
    try {
      CallStream.CURRENT.get().caller().identity();
    } catch (BrokerException e) {
      call.onError(Statuses.of(e));
      return new Ignored<>();
    }
    var log = new LogStream<>(port, options.heartbeat(), new Deliveries());
    return new SubscribeStream(port, call, log, this::asked);
  }

  private SubscribeOptions asked(SubscribeRequest request) {
    return SubscribeParameters.parse(
        request.hasFrom() ? request.getFrom() : null,
        request.hasAfter() ? request.getAfter() : null,
        request.hasSince() ? request.getSince() : null,
        request.hasSlow() ? request.getSlow() : null,
        options,
        InstantSource.system());
  }

  @Override
  public void listTopics(ListTopicsRequest request, StreamObserver<ListTopicsReply> answer) {
    Calls.unary(answer, () -> list(request));
  }

  @Override
  public void deleteTopic(DeleteTopicRequest request, StreamObserver<DeleteTopicReply> answer) {
    Calls.unary(
        answer,
        () ->
            DeleteTopicReply.newBuilder()
                .setDeleted(broker().delete(Topics.requireValid(request.getTopic())))
                .build());
  }

  private static LogBroker broker() {
    return CallStream.CURRENT.get().caller().broker();
  }

  private ListTopicsReply list(ListTopicsRequest request) {
    if (request.hasTopic()) {
      Optional<TopicInfo> topic = broker().topic(Topics.requireValid(request.getTopic()));
      return Envelopes.topics(topic.map(List::of).orElse(List.of()), false);
    }
    int limit = request.getLimit() == 0 ? DEFAULT_LIMIT : request.getLimit();
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new BrokerException(
          ErrorCode.OPTION_INVALID, "limit " + limit + " is not a number from 1 to " + MAX_LIMIT);
    }
    String after = request.getAfterTopic();
    List<TopicInfo> found = broker().topics(after.isEmpty() ? null : after, limit + 1);
    boolean more = found.size() > limit;
    return Envelopes.topics(more ? found.subList(0, limit) : found, more);
  }

  /** What comes of a call that has been refused. */
  private static final class Ignored<T> implements StreamObserver<T> {
    @Override
    public void onNext(T message) {}

    @Override
    public void onError(Throwable cancelled) {}

    @Override
    public void onCompleted() {}
  }

  private static final class Deliveries implements LogStream.Writing<Delivery> {
    private final DeliveryHead head = new DeliveryHead();

    @Override
    public void begin(StreamObserver<Delivery> call, String topic, Cursor next) {
      heartbeat(call, topic, next);
    }

    @Override
    public void messages(MessageBlock block, Slice slice) {
      for (int i = 0; i < slice.count(); i++) {
        int payload = slice.payloadLength(i);
        int headBytes =
            head.encode(
                slice.topic(),
                slice.epoch(i),
                slice.offset(i),
                slice.timeNanos(i),
                slice.id(i),
                slice.headers(i),
                payload);
        block
            .begin(headBytes + payload)
            .put(head.bytes(), 0, headBytes)
            .put(slice.array(), slice.payloadStart(i), payload);
      }
    }

    @Override
    public void gap(StreamObserver<Delivery> call, Reader reader) {
      call.onNext(Delivery.newBuilder().setGap(Envelopes.gap(reader.gap())).build());
    }

    @Override
    public void moved(StreamObserver<Delivery> call, Moved moved) {
      call.onNext(
          Delivery.newBuilder()
              .setMoved(
                  io.emque.wire.v1.Moved.newBuilder()
                      .setTopic(moved.topic())
                      .setCursor(moved.after().toString())
                      .setRetryAfterMillis(moved.retryMillis()))
              .build());
    }

    @Override
    public void heartbeat(StreamObserver<Delivery> call, String topic, Cursor next) {
      var last = new Cursor(next.epoch(), next.offset() - 1);
      call.onNext(
          Delivery.newBuilder()
              .setHeartbeat(Heartbeat.newBuilder().setTopic(topic).setCursor(last.toString()))
              .build());
    }
  }
}
