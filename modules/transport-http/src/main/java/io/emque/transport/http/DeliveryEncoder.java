package io.emque.transport.http;

import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.engine.Slice;
import io.emque.wire.DeliveryHead;
import io.emque.wire.Envelopes;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.Heartbeat;

/** The sub-protocol {@code emque.v1}: each frame an {@code emque.v1.Delivery}. */
final class DeliveryEncoder implements SocketEncoder {
  private final DeliveryHead head = new DeliveryHead();

  @Override
  public void begin(FrameSink frames, String topic, Cursor next) {
    heartbeat(frames, topic, next);
  }

  @Override
  public void messages(FrameSink frames, Slice slice) {
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
      frames
          .beginMessage(FrameSink.BINARY)
          .put(head.bytes(), 0, headBytes)
          .put(slice.array(), slice.payloadStart(i), payload);
      frames.endMessage();
    }
  }

  @Override
  public void gap(FrameSink frames, Gap gap) {
    send(frames, Delivery.newBuilder().setGap(Envelopes.gap(gap)).build());
  }

  @Override
  public void heartbeat(FrameSink frames, String topic, Cursor next) {
    var last = new Cursor(next.epoch(), next.offset() - 1);
    var message = Heartbeat.newBuilder().setTopic(topic).setCursor(last.toString());
    send(frames, Delivery.newBuilder().setHeartbeat(message).build());
  }

  @Override
  public void moved(FrameSink frames, Moved moved) {
    var message =
        io.emque.wire.v1.Moved.newBuilder()
            .setTopic(moved.topic())
            .setCursor(moved.after().toString())
            .setRetryAfterMillis(moved.retryMillis());
    send(frames, Delivery.newBuilder().setMoved(message).build());
  }

  private static void send(FrameSink frames, Delivery delivery) {
    frames.beginMessage(FrameSink.BINARY).put(delivery.toByteArray());
    frames.endMessage();
  }
}
