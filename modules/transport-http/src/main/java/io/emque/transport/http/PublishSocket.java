package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.Topics;
import io.emque.engine.Appender;
import io.emque.engine.MemoryBroker;
import io.emque.engine.MessageBatch;
import io.emque.websocket.FrameListener;
import io.emque.websocket.WebSocketSession;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.websocket.WsSession;
import java.io.ByteArrayOutputStream;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket on {@code /pub}: every data message is published, nothing is sent back. All that one
 * read brought is appended together; while that waits, nothing more is read.
 */
final class PublishSocket implements FrameListener {
  private final MemoryBroker broker;
  private final MessageBatch batch = new MessageBatch();
  private @Nullable Appender appender;
  private @Nullable ByteArrayOutputStream pieces; // of a message that comes in more than one

  PublishSocket(MemoryBroker broker) {
    this.broker = broker;
  }

  @Override
  public Optional<Headers> onHttpUpgrade(HttpPrologue prologue, Headers headers) {
    Query query = Query.parse(prologue.query().rawValue());
    appender = broker.appender(Topics.requireValid(query.get("topic")));
    return Optional.empty();
  }

  @Override
  public void onFrame(
      WebSocketSession session, byte[] array, int offset, int length, boolean text, boolean last) {
    if (pieces == null && last) {
      batch.add(array, offset, length);
      return;
    }
    if (pieces == null) {
      pieces = new ByteArrayOutputStream(Math.max(512, length));
    }
    pieces.write(array, offset, length);
    if (last) {
      byte[] whole = pieces.toByteArray();
      pieces = null;
      batch.add(whole, 0, whole.length);
    }
  }

  @Override
  public void onBatchEnd(WebSocketSession session) {
    if (batch.count() == 0) {
      return;
    }
    try {
      Objects.requireNonNull(appender).append(batch);
    } catch (BrokerException e) {
      session.close(e.code().webSocketClose(), e.code() + ": " + e.getMessage());
    } finally {
      batch.clear();
    }
  }

  @Override
  public void onClose(WsSession session, int status, String reason) {
    pieces = null;
  }
}
