package io.emque.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.Message;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What it writes is what protobuf itself reads. */
class DeliveryHeadTest {
  private final DeliveryHead head = new DeliveryHead();

  @Test
  void messageIsReadAsItWas() throws Exception {
    assertRoundTrip("foo", "e1", 42, 1_764_000_000_123_456_789L, null, Map.of(), 5);
    assertRoundTrip("ü/\u0001", "~a.b", Long.MAX_VALUE, 0, "id", Map.of("a", "ü", "b", ""), 0);
    assertRoundTrip("foo", "e2", 0, -1, "x".repeat(256), Map.of("k", "v".repeat(8_000)), 300_000);
  }

  @Test
  void oneHeadServesMessagesOfSeveralEpochsAndTopics() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertRoundTrip("one", "e1", i, i, null, Map.of(), 127);
      assertRoundTrip("one", "e2", i, i, null, Map.of(), 128);
      assertRoundTrip("two", "e2", i, i, null, Map.of(), 16_384);
    }
  }

  private void assertRoundTrip(
      String topic,
      String epoch,
      long offset,
      long time,
      @Nullable String id,
      Map<String, String> headers,
      int payloadLength)
      throws Exception {
    byte[] payload = new byte[payloadLength];
    java.util.Arrays.fill(payload, (byte) 7);
    var bytes = new ByteArrayOutputStream();

    int length = head.encode(topic, epoch, offset, time, id, headers, payloadLength);
    bytes.write(head.bytes(), 0, length);
    bytes.write(payload);

    var message =
        Message.newBuilder()
            .setTopic(topic)
            .setEpoch(epoch)
            .setOffset(offset)
            .setTimeUnixNanos(time)
            .putAllHeaders(headers)
            .setPayload(ByteString.copyFrom(payload));
    if (id != null) {
      message.setId(id);
    }
    assertThat(Delivery.parseFrom(bytes.toByteArray()))
        .isEqualTo(Delivery.newBuilder().setMessage(message).build());
  }
}
