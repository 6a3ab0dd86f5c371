package io.emque.wire;

import com.google.protobuf.UnsafeByteOperations;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.TopicInfo;
import io.emque.wire.v1.Ack;
import io.emque.wire.v1.Error;
import io.emque.wire.v1.Gap;
import io.emque.wire.v1.ListTopicsReply;
import io.emque.wire.v1.Message;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishAck;
import io.emque.wire.v1.PublishReply;
import io.emque.wire.v1.Servers;
import io.emque.wire.v1.Subscriber;
import io.emque.wire.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Between the messages of {@code emque.v1} and the types of the API.
 *
 * <p><b>Errors:</b> what comes from the wire and breaks a rule of the API is a {@link
 * BrokerException}.
 */
public final class Envelopes {
  private Envelopes() {}

  /** The payload is shared, not copied: leave it alone until the message is written. */
  public static Publish publish(String topic, Publication publication) {
    var publish =
        Publish.newBuilder()
            .setTopic(topic)
            .setPayload(UnsafeByteOperations.unsafeWrap(publication.payload()))
            .putAllHeaders(publication.headers());
    String id = publication.id();
    if (id != null) {
      publish.setId(id);
    }
    return publish.build();
  }

  /** What is to be published. */
  public static Publication publication(Publish publish) {
    return new Publication(
        publish.getPayload().toByteArray(),
        publish.hasId() ? publish.getId() : null,
        publish.getHeadersMap());
  }

  /** The answer to a message that was taken. */
  public static PublishAck ack(Published published) {
    var ack =
        PublishAck.newBuilder().setAck(wire(published.ack())).setDuplicate(published.duplicate());
    Cursor cursor = published.cursor();
    if (cursor != null) {
      ack.setEpoch(cursor.epoch()).setOffset(cursor.offset());
    }
    Published.Servers servers = published.servers();
    if (servers != null) {
      ack.setServers(Servers.newBuilder().setTook(servers.took()).setAsked(servers.asked()));
    }
    return ack.build();
  }

  /** What was done with a message that was taken. */
  public static Ack wire(io.emque.api.Ack ack) {
    return switch (ack) {
      case MEMORY -> Ack.ACK_MEMORY;
      case OS -> Ack.ACK_OS;
      case FSYNC -> Ack.ACK_FSYNC;
    };
  }

  /** The answer to a message that was refused. */
  public static Error error(BrokerException refusal) {
    return Error.newBuilder()
        .setCode(refusal.code().name())
        .setMessage(refusal.getMessage())
        .setRetryable(refusal.retryable())
        .build();
  }

  /** What {@link #ack} made. */
  public static Published published(PublishAck ack) {
    return new Published(
        ack.getEpoch().isEmpty() ? null : new Cursor(ack.getEpoch(), ack.getOffset()),
        switch (ack.getAck()) {
          case ACK_OS -> io.emque.api.Ack.OS;
          case ACK_FSYNC -> io.emque.api.Ack.FSYNC;
          default -> io.emque.api.Ack.MEMORY;
        },
        ack.getDuplicate(),
        ack.hasServers()
            ? new Published.Servers(ack.getServers().getTook(), ack.getServers().getAsked())
            : null);
  }

  /** What {@link #error} made; a code that is not known here becomes {@link ErrorCode#INTERNAL}. */
  public static BrokerException refusal(Error error) {
    return new BrokerException(
        code(error.getCode()).orElse(ErrorCode.INTERNAL),
        error.getMessage().isEmpty() ? error.getCode() : error.getMessage());
  }

  /** The answer to one {@link Publish}. */
  public static PublishReply reply(Published published) {
    return PublishReply.newBuilder().setAck(ack(published)).build();
  }

  /** The answer to one {@link Publish}. */
  public static PublishReply reply(BrokerException refusal) {
    return PublishReply.newBuilder().setError(error(refusal)).build();
  }

  /** The code of a name; empty for one that is not known here. */
  public static Optional<ErrorCode> code(String name) {
    try {
      return Optional.of(ErrorCode.valueOf(name));
    } catch (IllegalArgumentException unknown) {
      return Optional.empty();
    }
  }

  /** A message that was delivered. */
  public static io.emque.api.Message message(Message message) {
    return new io.emque.api.Message(
        message.getTopic(),
        new Cursor(message.getEpoch(), message.getOffset()),
        message.getTimeUnixNanos(),
        message.hasId() ? message.getId() : null,
        message.getHeadersMap(),
        message.getPayload().toByteArray());
  }

  /** A gap that was told. */
  public static io.emque.api.Gap gap(Gap gap) {
    return new io.emque.api.Gap(
        gap.getTopic(),
        Cursor.parse(gap.getExpected()),
        Cursor.parse(gap.getNext()),
        gap.hasMissed() ? OptionalLong.of(gap.getMissed()) : OptionalLong.empty());
  }

  /** A gap to be told. */
  public static Gap gap(io.emque.api.Gap gap) {
    var told =
        Gap.newBuilder()
            .setTopic(gap.topic())
            .setExpected(gap.expected().toString())
            .setNext(gap.next().toString());
    gap.missed().ifPresent(told::setMissed);
    return told.build();
  }

  /** A page of topics. */
  public static ListTopicsReply topics(List<TopicInfo> page, boolean more) {
    var reply = ListTopicsReply.newBuilder().setMore(more);
    for (TopicInfo info : page) {
      var topic =
          Topic.newBuilder()
              .setName(info.name())
              .setEpoch(info.epoch())
              .setFirstOffset(info.firstOffset())
              .setNextOffset(info.nextOffset())
              .setBytes(info.bytes());
      for (var subscriber : info.subscribers()) {
        topic.addSubscribers(
            Subscriber.newBuilder()
                .setProtocol(subscriber.protocol())
                .setLag(subscriber.lag())
                .setMissed(subscriber.missed()));
      }
      reply.addTopics(topic);
    }
    return reply.build();
  }

  /** What {@link #topics(List, boolean)} made. */
  public static List<TopicInfo> topics(ListTopicsReply reply) {
    var topics = new ArrayList<TopicInfo>(reply.getTopicsCount());
    for (Topic topic : reply.getTopicsList()) {
      var subscribers = new ArrayList<TopicInfo.SubscriberInfo>(topic.getSubscribersCount());
      for (Subscriber subscriber : topic.getSubscribersList()) {
        subscribers.add(
            new TopicInfo.SubscriberInfo(
                subscriber.getProtocol(), subscriber.getLag(), subscriber.getMissed()));
      }
      topics.add(
          new TopicInfo(
              topic.getName(),
              topic.getEpoch(),
              topic.getFirstOffset(),
              topic.getNextOffset(),
              topic.getBytes(),
              subscribers));
    }
    return topics;
  }
}
