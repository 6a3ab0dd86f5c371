package io.emque.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.Message;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes an {@code emque.v1.Delivery} of a message field by field, as far as its payload, which is
 * the last field and follows from where it lies: no object and no copy of it in between.
 *
 * <p><b>Threads:</b> one.
 */
public final class DeliveryHead {
  private static final byte[] NONE = {};
  private static final int NUMBERS = 64; // more than two numbers, three lengths and their tags take

  private byte[] prefix = NONE; // topic and epoch, the same for almost every message
  private String prefixTopic = "";
  private String prefixEpoch = "";
  private byte[] bytes = NONE;
  private int length;

  /**
   * Encodes a message that has {@code payloadLength} bytes.
   *
   * @return how many of {@link #bytes} come before the payload; good until the next call
   */
  public int encode(
      String topic,
      String epoch,
      long offset,
      long timeNanos,
      @Nullable String id,
      Map<String, String> headers,
      int payloadLength) {
    if (!epoch.equals(prefixEpoch) || !topic.equals(prefixTopic)) {
      prefix = Message.newBuilder().setTopic(topic).setEpoch(epoch).build().toByteArray();
      prefixTopic = topic;
      prefixEpoch = epoch;
    }
    byte[] extras = extras(id, headers);
    int size =
        prefix.length
            + CodedOutputStream.computeInt64Size(Message.OFFSET_FIELD_NUMBER, offset)
            + CodedOutputStream.computeInt64Size(Message.TIME_UNIX_NANOS_FIELD_NUMBER, timeNanos)
            + extras.length
            + CodedOutputStream.computeTagSize(Message.PAYLOAD_FIELD_NUMBER)
            + CodedOutputStream.computeUInt32SizeNoTag(payloadLength)
            + payloadLength;
    int most = NUMBERS + prefix.length + extras.length;
    if (bytes.length < most) {
      bytes = new byte[most];
    }
    length = 0;
    bytesField(Delivery.MESSAGE_FIELD_NUMBER, size);
    put(prefix);
    int64Field(Message.OFFSET_FIELD_NUMBER, offset);
    int64Field(Message.TIME_UNIX_NANOS_FIELD_NUMBER, timeNanos);
    put(extras);
    bytesField(Message.PAYLOAD_FIELD_NUMBER, payloadLength);
    return length;
  }

  /** What {@link #encode} made. */
  public byte[] bytes() {
    return bytes;
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

  private void bytesField(int field, int size) {
    varint(((long) field << 3) | WireFormat.WIRETYPE_LENGTH_DELIMITED);
    varint(size);
  }

  private void int64Field(int field, long value) {
    varint(((long) field << 3) | WireFormat.WIRETYPE_VARINT);
    varint(value);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[length++] = (byte) ((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  private void put(byte[] part) {
    System.arraycopy(part, 0, bytes, length, part.length);
    length += part.length;
  }
}
