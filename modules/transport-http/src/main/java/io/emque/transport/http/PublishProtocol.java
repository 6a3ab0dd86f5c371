package io.emque.transport.http;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.engine.Appender;
import io.emque.websocket.WebSocketSession;
import io.emque.wire.v1.Ack;
import io.emque.wire.v1.Error;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishAck;
import io.emque.wire.v1.PublishReply;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The sub-protocol {@code emque.v1} on {@code /pub}: each binary frame is a {@link Publish},
 * answered in order by a {@link PublishReply}. Replies to what one read brought go out together.
 */
final class PublishProtocol {
  private final Appender appender;
  private @Nullable FrameSink replies; // while there are any
  private boolean draining;

  PublishProtocol(Appender appender) {
    this.appender = appender;
  }

  void take(WebSocketSession session, byte[] array, int offset, int length, boolean text) {
    var reply = PublishReply.newBuilder();
    try {
      if (text) {
        throw new BrokerException(
            ErrorCode.OPTION_INVALID, "a text frame is no emque.v1.Publish; send binary frames");
      }
      reply.setAck(publish(Publish.parseFrom(CodedInputStream.newInstance(array, offset, length))));
    } catch (BrokerException e) {
      reply.setError(error(e));
      draining |= e.code() == ErrorCode.DRAINING;
    } catch (InvalidProtocolBufferException e) {
      reply.setError(notPublish(e));
    } catch (IOException e) {
      throw new IllegalStateException("an array cannot fail to be read", e);
    }
    if (replies == null) {
      replies = new FrameSink(session);
    }
    replies.beginMessage(FrameSink.BINARY).put(reply.build().toByteArray());
    replies.endMessage();
  }

  private PublishAck publish(Publish publish) {
    if (!publish.getTopic().isEmpty() && !publish.getTopic().equals(appender.topic())) {
      throw new BrokerException(
          ErrorCode.TOPIC_INVALID,
          "this connection publishes to \""
              + appender.topic()
              + "\" alone; leave the message's topic empty");
    }
    Published published =
        appender.append(
            new Publication(
                publish.getPayload().toByteArray(),
                publish.hasId() ? publish.getId() : null,
                publish.getHeadersMap()));
    return PublishAck.newBuilder()
        .setEpoch(published.cursor().epoch())
        .setOffset(published.cursor().offset())
        .setAck(
            switch (published.ack()) {
              case MEMORY -> Ack.ACK_MEMORY;
              case OS -> Ack.ACK_OS;
              case FSYNC -> Ack.ACK_FSYNC;
            })
        .setDuplicate(published.duplicate())
        .build();
  }

  private static Error error(BrokerException e) {
    return Error.newBuilder()
        .setCode(e.code().name())
        .setMessage(e.getMessage())
        .setRetryable(e.retryable())
        .build();
  }

  private static Error notPublish(InvalidProtocolBufferException e) {
    return Error.newBuilder()
        .setCode(ErrorCode.OPTION_INVALID.name())
        .setMessage("the frame is no emque.v1.Publish: " + e.getMessage())
        .build();
  }

  /** Sends the replies; blocks, and so pushes back, while the client does not read them. */
  void answer(WebSocketSession session) {
    if (replies != null) {
      replies.flush();
      replies = null;
    }
    if (draining) {
      session.close(ErrorCode.DRAINING.webSocketClose(), ErrorCode.DRAINING.name());
    }
  }
}
