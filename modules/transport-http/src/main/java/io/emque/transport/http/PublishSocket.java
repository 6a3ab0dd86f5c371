package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Topics;
import io.emque.engine.Appender;
import io.emque.engine.LogBroker;
import io.emque.engine.MessageBatch;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.emque.websocket.FrameListener;
import io.emque.websocket.WebSocketSession;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.http.WritableHeaders;
import io.helidon.websocket.WsSession;
import java.io.ByteArrayOutputStream;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket on {@code /pub}: every data message is published, nothing is sent back. All that one
 * read brought is appended together; while that waits, nothing more is read. With the sub-protocol
 * {@code emque.v1} a {@link PublishProtocol} takes the messages and answers each; without a topic
 * in the URL they name theirs.
 */
final class PublishSocket implements FrameListener {
  private final LogBroker broker;
  private final TrafficMetrics traffic;
  private final int maxMessageBytes;
  private final MessageBatch batch = new MessageBatch();
  private @Nullable Appender appender;
  private boolean answersEach;
  private @Nullable PublishProtocol protocol; // from the first message on, unless payloads are bare
  private @Nullable ByteArrayOutputStream pieces; // of a message that comes in more than one

  PublishSocket(LogBroker broker, TrafficMetrics traffic) {
    this.traffic = traffic;
    this.broker = broker;
    this.maxMessageBytes = broker.options().maxMessageBytes();
  }

  @Override
  public Optional<Headers> onHttpUpgrade(HttpPrologue prologue, Headers headers) {
    Query query = Query.parse(prologue.query().rawValue());
    answersEach = SubProtocol.isOffered(headers);
    String topic = query.get("topic");
    if (topic != null || !answersEach) {
      appender = broker.appender(Topics.requireValid(topic));
    }
    if (!answersEach) {
      return Optional.empty();
    }
    WritableHeaders<?> answer = WritableHeaders.create();
    answer.set(Names.SUB_PROTOCOL, SubProtocol.V1);
    return Optional.of(answer);
  }

  @Override
  public void onFrame(
      WebSocketSession session, byte[] array, int offset, int length, boolean text, boolean last) {
    if (pieces == null && last) {
      message(session, array, offset, length, text);
      return;
    }
    if (pieces == null) {
      pieces = new ByteArrayOutputStream(Math.max(512, length));
    }
    pieces.write(array, offset, length);
    if (last) {
      byte[] whole = pieces.toByteArray();
      pieces = null;
      message(session, whole, 0, whole.length, text);
    }
  }

  private void message(
      WebSocketSession session, byte[] array, int offset, int length, boolean text) {
    if (answersEach) {
      if (protocol == null) {
        protocol = new PublishProtocol(broker, appender, session, traffic);
      }
      protocol.take(array, offset, length, text);
    } else if (length > maxMessageBytes) {
      append(session); // what came before it is taken
      traffic.refused(ErrorCode.MESSAGE_TOO_LARGE);
      session.close(
          ErrorCode.MESSAGE_TOO_LARGE.webSocketClose(),
          ErrorCode.MESSAGE_TOO_LARGE + ": " + length + " bytes, at most " + maxMessageBytes);
    } else {
      batch.add(array, offset, length);
    }
  }

  @Override
  public void onBatchEnd(WebSocketSession session) {
    if (protocol != null) {
      protocol.endBatch();
    } else {
      append(session);
    }
  }

  private void append(WebSocketSession session) {
    if (batch.count() == 0) {
      return;
    }
    try {
      Objects.requireNonNull(appender).append(batch);
    } catch (BrokerException e) {
      traffic.refused(e.code());
      session.close(e.code().webSocketClose(), e.code() + ": " + e.getMessage());
    } finally {
      batch.clear();
    }
  }

  /** What came whole before the end is taken, also when a fault behind it ended the connection. */
  @Override
  public void onClose(WsSession session, int status, String reason) {
    pieces = null;
    if (protocol != null) {
      protocol.close();
    }
    append((WebSocketSession) session);
  }
}
