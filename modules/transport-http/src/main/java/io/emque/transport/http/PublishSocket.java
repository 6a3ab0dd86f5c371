package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Topics;
import io.emque.api.spi.Action;
import io.emque.engine.Appender;
import io.emque.engine.MessageBatch;
import io.emque.transport.http.access.Caller;
import io.emque.transport.http.access.Hold;
import io.emque.transport.http.limits.InFlight;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.emque.websocket.FrameListener;
import io.emque.websocket.WebSocketSession;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.http.WritableHeaders;
import io.helidon.websocket.WsSession;
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
  private final Caller caller = Caller.CURRENT.get();
  private final TrafficMetrics traffic;
  private final int maxMessageBytes;
  private final MessageBatch batch = new MessageBatch();
  private @Nullable Appender appender;
  private boolean answersEach;
  private boolean framesCame; // in this batch
  private @Nullable PublishProtocol protocol; // from the first message on, unless payloads are bare
  private final Pace pace;
  private final InFlight inFlight;
  private @Nullable ReceivedMessage pieces; // of a message that comes in more than one
  private @Nullable ReceiveBuffer buffer; // once it is large
  private @Nullable Hold hold; // while it is open

  PublishSocket(int maxMessageBytes, TrafficMetrics traffic) {
    this.traffic = traffic;
    this.maxMessageBytes = maxMessageBytes;
    ConnectionWatch watch = ConnectionWatch.CURRENT.get();
    this.pace = new Pace(watch, caller);
    this.inFlight = watch.limits().inFlight();
  }

  @Override
  public Optional<Headers> onHttpUpgrade(HttpPrologue prologue, Headers headers) {
    Query query = Query.parse(prologue.query().rawValue());
    answersEach = SubProtocol.isOffered(headers);
    String topic = query.get("topic");
    if (topic != null || !answersEach) {
      appender = caller.broker().appender(Topics.requireValid(topic));
    } else {
      caller.identity(); // or it is refused
    }
    String chosen = SubProtocol.chosen(headers);
    if (chosen == null) {
      return Optional.empty();
    }
    WritableHeaders<?> answer = WritableHeaders.create();
    answer.set(Names.SUB_PROTOCOL, chosen);
    return Optional.of(answer);
  }

  @Override
  public void onOpen(WsSession session) {
    var socket = (WebSocketSession) session;
    String topic = appender == null ? null : appender.topic();
    hold = caller.hold(Action.PUBLISH, topic, why -> end(socket, why));
  }

  @Override
  public void onFrame(
      WebSocketSession session, byte[] array, int offset, int length, boolean text, boolean last) {
    framesCame = true;
    if (last && (pieces == null || !pieces.isComing())) {
      message(session, array, offset, length, text);
      return;
    }
    if (pieces == null) {
      var lease = inFlight.lease(() -> end(session, tooSlow()));
      pieces = new ReceivedMessage(lease, maxMessageBytes + HttpTransport.ENVELOPE);
    }
    pieces.add(array, offset, length);
    if (last) {
      whole(session, pieces, text);
      pieces.forget();
    }
  }

  private void whole(WebSocketSession session, ReceivedMessage message, boolean text) {
    if (answersEach) {
      message.parsing();
    }
    BrokerException refusal = message.refusal();
    if (refusal == null) {
      message(session, message.array(), 0, message.length(), text);
      onBatchEnd(session); // while its memory is held
    } else if (answersEach) {
      protocol(session).refuse(refusal);
    } else {
      append(session); // what came before it is taken
      end(session, refusal);
    }
  }

  private static BrokerException tooSlow() {
    return new BrokerException(
        ErrorCode.OVERLOADED, "a message came too slowly while memory was short");
  }

  private void end(WebSocketSession session, BrokerException why) {
    traffic.refused(why.code());
    session.close(why.code().webSocketClose(), why.code() + ": " + why.getMessage());
  }

  @Override
  public void onBuffer(WebSocketSession session, int bytes) {
    buffer = ReceiveBuffer.of(buffer, bytes, inFlight, refusal -> end(session, refusal));
  }

  private void message(
      WebSocketSession session, byte[] array, int offset, int length, boolean text) {
    if (answersEach && text && renewed(session, array, offset, length)) {
      return;
    }
    if (answersEach) {
      protocol(session).take(array, offset, length, text);
    } else if (length > maxMessageBytes) {
      append(session); // what came before it is taken
      traffic.refused(ErrorCode.MESSAGE_TOO_LARGE);
      session.close(
          ErrorCode.MESSAGE_TOO_LARGE.webSocketClose(),
          ErrorCode.MESSAGE_TOO_LARGE + ": " + length + " bytes, at most " + maxMessageBytes);
    } else if (pace.pass(1, length, () -> append(session), session::isOpen)) {
      batch.add(array, offset, length);
    }
  }

  private PublishProtocol protocol(WebSocketSession session) {
    if (protocol == null) {
      protocol = new PublishProtocol(caller, appender, session, traffic, pace);
    }
    return protocol;
  }

  /** Whether the frame was about a new token. */
  private boolean renewed(WebSocketSession session, byte[] array, int offset, int length) {
    String token = Renewal.token(array, offset, length);
    if (token == null || hold == null) {
      return false;
    }
    try {
      hold.renew(token);
    } catch (BrokerException refused) {
      end(session, refused);
    }
    return true;
  }

  @Override
  public void onBatchEnd(WebSocketSession session) {
    if (buffer != null && framesCame) {
      framesCame = false;
      buffer.touch();
    }
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
      end(session, e);
    } finally {
      batch.clear();
    }
  }

  /** What came whole before the end is taken, also when a fault behind it ended the connection. */
  @Override
  public void onClose(WsSession session, int status, String reason) {
    if (pieces != null) {
      pieces.forget();
    }
    if (buffer != null) {
      buffer.close();
    }
    if (protocol != null) {
      protocol.close();
    }
    append((WebSocketSession) session);
    release();
  }

  @Override
  public void onError(WsSession session, Throwable t) {
    release();
  }

  private void release() {
    if (hold != null) {
      hold.close();
    }
  }
}
