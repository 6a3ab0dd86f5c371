package io.emque.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.emque.wire.mq.MqProto;
import io.emque.wire.mq.PubRequest;
import io.emque.wire.mq.SubResponse;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.EmqueProto;
import io.emque.wire.v1.Gap;
import io.emque.wire.v1.Message;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes that were on a wire once must mean the same for ever. */
class WireFormatTest {
  @Test
  void originalPubRequestIsReadFromItsBytes() throws Exception {
    byte[] bytes = HexFormat.of().parseHex("0a03666f6f" + "12026869");

    var request = PubRequest.parseFrom(bytes);

    assertThat(request.getTopic()).isEqualTo("foo");
    assertThat(request.getPayload().toStringUtf8()).isEqualTo("hi");
  }

  @Test
  void originalSubResponseHasThePayloadInFieldOne() {
    var response = SubResponse.newBuilder().setPayload(ByteString.copyFromUtf8("hi")).build();

    assertThat(response.toByteArray()).asHexString().isEqualTo("0A026869");
  }

  @Test
  void originalServiceHasItsNameAndMethods() {
    var service = MqProto.getDescriptor().findServiceByName("MQ");

    assertThat(service.getFullName()).isEqualTo("mq.MQ");
    assertThat(service.getMethods())
        .extracting(method -> method.getName() + (method.isServerStreaming() ? " stream" : ""))
        .containsExactly("Pub", "Sub stream");
  }

  @Test
  void deliveryHoldsAWholeMessage() throws Exception {
    var message =
        Message.newBuilder()
            .setTopic("foo")
            .setEpoch("e")
            .setOffset(42)
            .setTimeUnixNanos(7)
            .setId("i")
            .putHeaders("k", "v")
            .setPayload(ByteString.copyFromUtf8("p"))
            .build();

    byte[] bytes = Delivery.newBuilder().setMessage(message).build().toByteArray();

    assertThat(bytes)
        .asHexString()
        .isEqualToIgnoringCase(
            "0a1a"
                + "0a03666f6f"
                + "120165"
                + "182a"
                + "2007"
                + "2a0169"
                + "32060a016b120176"
                + "3a0170");
    assertThat(Delivery.parseFrom(bytes).getMessage()).isEqualTo(message);
  }

  @Test
  void gapTellsNoneMissedFromUnknown() throws Exception {
    var none = Gap.newBuilder().setMissed(0).build();

    assertThat(Gap.parseFrom(none.toByteArray()).hasMissed()).isTrue();
    assertThat(Gap.parseFrom(Gap.getDefaultInstance().toByteArray()).hasMissed()).isFalse();
  }

  /** A failure here means that a number, a name or a type changed: old peers would misread it. */
  @Test
  void numbersNamesAndTypesStand() {
    assertThat(fields())
        .containsExactly(
            "Delivery.1 message MESSAGE",
            "Delivery.2 gap MESSAGE",
            "Delivery.3 heartbeat MESSAGE",
            "Delivery.4 moved MESSAGE",
            "SubscribeRequest.1 topic STRING",
            "SubscribeRequest.2 from STRING",
            "SubscribeRequest.3 after STRING",
            "SubscribeRequest.4 since STRING",
            "SubscribeRequest.5 slow STRING",
            "SubscribeRequest.6 authorization STRING",
            "Message.1 topic STRING",
            "Message.2 epoch STRING",
            "Message.3 offset INT64",
            "Message.4 time_unix_nanos INT64",
            "Message.5 id STRING",
            "Message.6 headers MESSAGE",
            "Message.7 payload BYTES",
            "Gap.1 topic STRING",
            "Gap.2 expected STRING",
            "Gap.3 next STRING",
            "Gap.4 missed INT64",
            "Heartbeat.1 topic STRING",
            "Heartbeat.2 cursor STRING",
            "Moved.1 topic STRING",
            "Moved.2 cursor STRING",
            "Moved.3 retry_after_millis INT64",
            "Publish.1 topic STRING",
            "Publish.2 id STRING",
            "Publish.3 headers MESSAGE",
            "Publish.4 payload BYTES",
            "PublishReply.1 ack MESSAGE",
            "PublishReply.2 error MESSAGE",
            "PublishReplies.1 replies MESSAGE",
            "PublishAck.1 epoch STRING",
            "PublishAck.2 offset INT64",
            "PublishAck.3 ack ENUM",
            "PublishAck.4 duplicate BOOL",
            "PublishAck.5 servers MESSAGE",
            "Servers.1 took INT32",
            "Servers.2 asked INT32",
            "Error.1 code STRING",
            "Error.2 message STRING",
            "Error.3 retryable BOOL",
            "ListTopicsRequest.1 after_topic STRING",
            "ListTopicsRequest.2 limit INT32",
            "ListTopicsRequest.3 topic STRING",
            "ListTopicsReply.1 topics MESSAGE",
            "ListTopicsReply.2 more BOOL",
            "Topic.1 name STRING",
            "Topic.2 epoch STRING",
            "Topic.3 first_offset INT64",
            "Topic.4 next_offset INT64",
            "Topic.5 bytes INT64",
            "Topic.6 subscribers MESSAGE",
            "Subscriber.1 protocol STRING",
            "Subscriber.2 lag INT64",
            "Subscriber.3 missed INT64",
            "DeleteTopicRequest.1 topic STRING",
            "DeleteTopicReply.1 deleted BOOL");
  }

  private static List<String> fields() {
    var found = new ArrayList<String>();
    for (var message : EmqueProto.getDescriptor().getMessageTypes()) {
      for (FieldDescriptor field : message.getFields()) {
        found.add(
            message.getName()
                + '.'
                + field.getNumber()
                + ' '
                + field.getName()
                + ' '
                + field.getType());
      }
    }
    return found;
  }
}
