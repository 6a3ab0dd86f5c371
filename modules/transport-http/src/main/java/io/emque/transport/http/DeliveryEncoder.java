package io.emque.transport.http;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.engine.Slice;
import io.emque.wire.Envelopes;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.Heartbeat;
import io.emque.wire.v1.Message;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sub-protocol {@code emque.v1}: each frame an {@code emque.v1.Delivery}. Messages are written
 * field by field, without an object or a copy of the payload in between.
 */
final class DeliveryEncoder implements SocketEncoder {
  private static final byte[] NONE = {};

  private byte[] prefix = NONE; // topic and epoch, the same for almost every message
  private String prefixEpoch = "";

  @Override
  public void begin(FrameSink frames, String topic, Cursor next) {
    heartbeat(frames, topic, next);
  }

  @Override
  public void messages(FrameSink frames, String topic, Slice slice) {
    for (int i = 0; i < slice.count(); i++) {
      String epoch = slice.epoch(i);
      if (!epoch.equals(prefixEpoch)) {
        prefix = Message.newBuilder().setTopic(topic).setEpoch(epoch).build().toByteArray();
        prefixEpoch = epoch;
      }
      Output out = frames.beginMessage(FrameSink.BINARY);
      message(out, slice, i);
      frames.endMessage();
    }
  }

  private void message(Output out, Slice slice, int i) {
    long offset = slice.offset(i);
    long time = slice.timeNanos(i);
    byte[] extras = extras(slice.id(i), slice.headers(i));
    int payload = slice.payloadLength(i);
    int size =
        prefix.length
            + CodedOutputStream.computeInt64Size(Message.OFFSET_FIELD_NUMBER, offset)
            + CodedOutputStream.computeInt64Size(Message.TIME_UNIX_NANOS_FIELD_NUMBER, time)
            + extras.length
            + CodedOutputStream.computeTagSize(Message.PAYLOAD_FIELD_NUMBER)
            + CodedOutputStream.computeUInt32SizeNoTag(payload)
            + payload;
    bytesField(out, Delivery.MESSAGE_FIELD_NUMBER, size);
    out.put(prefix);
    int64Field(out, Message.OFFSET_FIELD_NUMBER, offset);
    int64Field(out, Message.TIME_UNIX_NANOS_FIELD_NUMBER, time);
    out.put(extras);
    bytesField(out, Message.PAYLOAD_FIELD_NUMBER, payload);
    out.put(slice.array(), slice.payloadStart(i), payload);
  }

  private static byte[] extras(@Nullable String id, Map<String, String> headers) {
    if (id == null && headers.isEmpty()) {
      return NONE;
    }
    var message = Message.newBuilder().putAllHeaders(headers);
    if (id != null) {
      message.setId(id);
    }
    return message.build().toByteArray();
  }

  private static void bytesField(Output out, int field, int size) {
    varint(out, ((long) field << 3) | WireFormat.WIRETYPE_LENGTH_DELIMITED);
    varint(out, size);
  }

  private static void int64Field(Output out, int field, long value) {
    varint(out, ((long) field << 3) | WireFormat.WIRETYPE_VARINT);
    varint(out, value);
  }

  private static void varint(Output out, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.put((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.put((int) rest);
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
