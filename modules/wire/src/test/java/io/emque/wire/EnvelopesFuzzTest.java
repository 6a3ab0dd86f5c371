package io.emque.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.emque.api.BrokerException;
import io.emque.testkit.fuzz.Choices;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.Error;
import io.emque.wire.v1.Gap;
import io.emque.wire.v1.ListTopicsReply;
import io.emque.wire.v1.Message;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishAck;
import io.emque.wire.v1.PublishReply;
import io.emque.wire.v1.Topic;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Bytes that may be messages of {@code emque.v1}: no other exception than those that say so. */
class EnvelopesFuzzTest {
  private static final Publish PUBLISH =
      Publish.newBuilder()
          .setTopic("foo")
          .setPayload(ByteString.copyFromUtf8("hello"))
          .setId("~0123456789ABCDEF-1")
          .putHeaders("Key", "value")
          .putHeaders("ü", "")
          .build();

  private static final Message MESSAGE =
      Message.newBuilder()
          .setTopic("foo")
          .setEpoch("e1")
          .setOffset(42)
          .setTimeUnixNanos(1_764_000_000_123_456_789L)
          .setId("id")
          .putHeaders("k", "v")
          .setPayload(ByteString.copyFromUtf8("hello"))
          .build();

  private static List<byte[]> publishes() {
    return List.of(
        PUBLISH.toByteArray(),
        Publish.newBuilder().setTopic("t").setId("").build().toByteArray(),
        PUBLISH.toBuilder().putHeaders("x", "y".repeat(3_000)).build().toByteArray());
  }

  /** What is taken goes out again as it came in. */
  @Fuzz(seeds = "publishes", maxBytes = 10_000, runs = 4_000)
  void publish(byte[] input) throws Exception {
    try {
      var publish = Publish.parseFrom(input);
      var publication = Envelopes.publication(publish);
      var again =
          Publish.parseFrom(Envelopes.publish(publish.getTopic(), publication).toByteArray());

      assertThat(again.getPayload()).isEqualTo(publish.getPayload());
      assertThat(again.hasId()).isEqualTo(publish.hasId());
      assertThat(Envelopes.publication(again).headers()).isEqualTo(publication.headers());
    } catch (InvalidProtocolBufferException noPublish) {
      assertThat(noPublish.getMessage()).isNotBlank();
    } catch (BrokerException refused) {
      assertThat(refused.getMessage().chars().filter(Character::isISOControl)).isEmpty();
    }
  }

  private static List<byte[]> answers() {
    var ack = PublishAck.newBuilder().setEpoch("e1").setOffset(7).setAckValue(2);
    var gap = Gap.newBuilder().setTopic("t").setExpected("e1:1").setNext("e2:0").setMissed(3);
    var topic = Topic.newBuilder().setName("t").setEpoch("e").setBytes(1);
    return List.of(
        Delivery.newBuilder().setMessage(MESSAGE).build().toByteArray(),
        Delivery.newBuilder().setGap(gap).build().toByteArray(),
        PublishReply.newBuilder().setAck(ack).build().toByteArray(),
        PublishReply.newBuilder()
            .setError(Error.newBuilder().setCode("OVERLOADED").setMessage("x"))
            .build()
            .toByteArray(),
        ListTopicsReply.newBuilder().addTopics(topic).setMore(true).build().toByteArray());
  }

  /** What a server may answer a client. */
  @Fuzz(seeds = "answers", runs = 4_000)
  void answer(byte[] input) throws Exception {
    try {
      var delivery = Delivery.parseFrom(input);
      if (delivery.hasMessage()) {
        assertThat(Envelopes.message(delivery.getMessage()).cursor()).isNotNull();
      }
      if (delivery.hasGap()) {
        var gap = Envelopes.gap(delivery.getGap());
        assertThat(Envelopes.gap(Envelopes.gap(gap))).isEqualTo(gap);
      }
    } catch (InvalidProtocolBufferException | BrokerException refused) {
      assertThat(refused.getMessage()).isNotBlank();
    }
    try {
      var reply = PublishReply.parseFrom(input);
      if (reply.hasAck()) {
        var published = Envelopes.published(reply.getAck());
        assertThat(Envelopes.published(Envelopes.ack(published))).isEqualTo(published);
      }
      if (reply.hasError()) {
        var refusal = Envelopes.refusal(reply.getError());
        assertThat(refusal.getMessage().chars().filter(Character::isISOControl)).isEmpty();
      }
    } catch (InvalidProtocolBufferException | BrokerException refused) {
      assertThat(refused.getMessage()).isNotBlank();
    }
    try {
      var page = ListTopicsReply.parseFrom(input);
      var topics = Envelopes.topics(page);
      assertThat(Envelopes.topics(Envelopes.topics(topics, page.getMore()))).isEqualTo(topics);
    } catch (InvalidProtocolBufferException refused) {
      assertThat(refused.getMessage()).isNotBlank();
    }
  }

  private static List<byte[]> deliveries() {
    return List.of(
        "\u0003foo\u0002e1\u0000\u0001\u0002id\u0002\u0001k\u0001v".getBytes(UTF_8),
        new byte[40],
        new byte[] {1, -1, 1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 100});
  }

  /** The head that is written by hand, before a payload, is what protobuf reads. */
  @Fuzz(seeds = "deliveries")
  void head(byte[] input) throws Exception {
    assertThat(decoded(input, 0)).isEqualTo(expected(input));
  }

  @Test
  void lengthThatIsOneShortWouldBeFound() {
    FuzzLoop.Target planted =
        input -> assertThat(decoded(input, input.length > 120 ? 1 : 0)).isEqualTo(expected(input));

    assertThat(FuzzLoop.finds(planted, deliveries(), 3_000)).isTrue();
  }

  private static Delivery decoded(byte[] input, int less) throws Exception {
    Delivery expected = expected(input);
    Message message = expected.getMessage();
    var head = new DeliveryHead();
    var bytes = new ByteArrayOutputStream();
    byte[] payload = message.getPayload().toByteArray();
    for (int i = 0; i < 2; i++) { // the second time from what was remembered
      bytes.reset();
      int length =
          head.encode(
              message.getTopic(),
              message.getEpoch(),
              message.getOffset(),
              message.getTimeUnixNanos(),
              message.hasId() ? message.getId() : null,
              message.getHeadersMap(),
              payload.length - Math.min(less, payload.length));
      bytes.write(head.bytes(), 0, length);
      bytes.write(payload);
    }
    return Delivery.parseFrom(bytes.toByteArray());
  }

  private static Delivery expected(byte[] input) {
    var choices = new Choices(input);
    var message = Message.newBuilder().setTopic(choices.text(60)).setEpoch(choices.text(40));
    message.setOffset(choices.number()).setTimeUnixNanos(choices.number());
    if (choices.flag()) {
      message.setId(choices.text(40));
    }
    Map<String, String> headers = new HashMap<>();
    for (int i = choices.below(4); i > 0; i--) {
      headers.put(choices.text(20), choices.text(200));
    }
    message.putAllHeaders(headers).setPayload(ByteString.copyFrom(choices.rest()));
    return Delivery.newBuilder().setMessage(message).build();
  }
}
