package io.emque.transport.http;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Published;
import io.emque.api.Topics;
import io.emque.engine.Appender;
import io.emque.engine.PublishPipeline;
import io.emque.transport.http.access.Caller;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.emque.websocket.WebSocketSession;
import io.emque.wire.Envelopes;
import io.emque.wire.v1.Publish;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sub-protocol {@code emque.v1} on {@code /pub}: each binary frame is a {@link Publish},
 * answered in order by a {@code PublishReply}. Replies to what one read brought go out together.
 */
final class PublishProtocol implements PublishPipeline.Answers {
  /** Appenders kept by a connection that publishes to any topic. */
  private static final int MAX_APPENDERS = 1_024;

  private final Caller caller;
  private final @Nullable Appender bound; // null where each message names its topic
  private final WebSocketSession session;
  private final TrafficMetrics traffic;
  private final Pace pace;
  private final PublishPipeline pipeline = new PublishPipeline(this);
  private final Map<String, Appender> appenders = new HashMap<>();
  private @Nullable FrameSink replies; // while there are any
  private boolean draining;

  PublishProtocol(
      Caller caller,
      @Nullable Appender bound,
      WebSocketSession session,
      TrafficMetrics traffic,
      Pace pace) {
    this.pace = pace;
    this.traffic = traffic;
    this.caller = caller;
    this.bound = bound;
    this.session = session;
  }

  void take(byte[] array, int offset, int length, boolean text) {
    try {
      if (text) {
        throw new BrokerException(
            ErrorCode.OPTION_INVALID, "a text frame is no emque.v1.Publish; send binary frames");
      }
      var publish = Publish.parseFrom(CodedInputStream.newInstance(array, offset, length));
      if (pace.pass(1, publish.getPayload().size(), this::endBatch, session::isOpen)) {
        pipeline.publish(appender(publish.getTopic()), Envelopes.publication(publish));
      }
    } catch (BrokerException e) {
      pipeline.refuse(e);
    } catch (InvalidProtocolBufferException e) {
      pipeline.refuse(
          new BrokerException(
              ErrorCode.OPTION_INVALID, "the frame is no emque.v1.Publish: " + e.getMessage()));
    } catch (IOException e) {
      throw new IllegalStateException("an array cannot fail to be read", e);
    }
  }

  /** A message that could not be received. */
  void refuse(BrokerException reason) {
    pipeline.refuse(reason);
  }

  private Appender appender(String topic) {
    if (bound != null) {
      if (!topic.isEmpty() && !topic.equals(bound.topic())) {
        throw new BrokerException(
            ErrorCode.TOPIC_INVALID,
            "this connection publishes to \""
                + bound.topic()
                + "\" alone; leave the message's topic empty");
      }
      return bound;
    }
    Appender known = appenders.get(topic);
    if (known == null) {
      known = caller.broker().appender(Topics.requireValid(topic));
      if (appenders.size() >= MAX_APPENDERS) {
        appenders.clear();
      }
      appenders.put(topic, known);
    }
    return known;
  }

  /** What one read brought is complete. */
  void endBatch() {
    pipeline.endBatch();
  }

  void close() {
    pipeline.endPublishing();
    pipeline.close();
  }

  @Override
  public void answer(@Nullable Published published, @Nullable BrokerException refusal) {
    if (replies == null) {
      replies = new FrameSink(session);
    }
    Output out = replies.beginMessage(FrameSink.BINARY);
    if (refusal == null) {
      AckEncoder.put(requireNonNull(published), out);
    } else {
      out.put(Envelopes.reply(refusal).toByteArray());
      traffic.refused(refusal.code());
      draining |= refusal.code() == ErrorCode.DRAINING;
    }
    replies.endMessage();
  }

  /** Sends the replies; blocks, and so pushes back, while the client does not read them. */
  @Override
  public void flush() {
    if (replies != null) {
      replies.flush();
      replies = null;
    }
    if (draining) {
      session.close(ErrorCode.DRAINING.webSocketClose(), ErrorCode.DRAINING.name());
    }
  }
}
