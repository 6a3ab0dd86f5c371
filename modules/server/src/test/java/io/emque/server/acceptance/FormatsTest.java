package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.MessageLite;
import com.google.protobuf.TextFormat;
import io.emque.api.Ack;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.Message;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.client.Emque;
import io.emque.client.Transport;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.wire.mq.MqProto;
import io.emque.wire.mq.PubRequest;
import io.emque.wire.v1.DeleteTopicRequest;
import io.emque.wire.v1.EmqueProto;
import io.emque.wire.v1.ListTopicsRequest;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.SubscribeRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * gRPC clients and servers of released versions are understood, and understand: calls are kept in
 * {@code src/test/resources/formats/VERSION/grpc.txt}. What clients sent is sent again, and every
 * field of what they were answered is there still; what servers answered is answered again.
 *
 * <p>{@code -Demque.formats=write} writes today's calls anew, for a version that was not released
 * yet.
 */
@Timeout(60)
class FormatsTest {
  private static final String TODAY = "0.1";
  private static final Path KEPT = Path.of("src/test/resources/formats");

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void callsAreUnderstoodAndAnsweredAsTheyWere(String version) throws Exception {
    var kept = KeptCall.read(KEPT.resolve(version).resolve("grpc.txt"));
    assertThat(kept).isNotEmpty();

    var now = make(kept);

    for (int i = 0; i < kept.size(); i++) {
      assertThat(texts(now.get(i)))
          .as(kept.get(i).method())
          .containsSubsequence(texts(kept.get(i)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void javaClientUnderstandsWhatWasAnswered(String version) throws Exception {
    var earliest = SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);
    try (var server = new KeptServer(KeptCall.read(KEPT.resolve(version).resolve("grpc.txt")));
        var emque =
            Emque.builder()
                .servers("http://127.0.0.1:" + server.port())
                .transport(Transport.GRPC)
                .timeout(Duration.ofSeconds(30))
                .connect();
        var subscription = emque.subscribe("orders", earliest)) {
      var published = emque.publish("orders", "x");
      assertThat(published.ack()).isEqualTo(Ack.MEMORY);
      Cursor cursor = Objects.requireNonNull(published.cursor());
      assertThat(cursor.offset()).isEqualTo(2);
      assertThatThrownBy(() -> emque.publish("orders", "y"))
          .isInstanceOfSatisfying(
              BrokerException.class,
              refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.TOPIC_REQUIRED));
      assertThat(emque.topic("orders").orElseThrow().nextOffset()).isEqualTo(3);
      var first = next(subscription);
      assertThat(first.cursor()).isEqualTo(new Cursor(cursor.epoch(), 0));
      assertThat(first.id()).isEqualTo("order-1");
      assertThat(first.headers()).isEqualTo(Map.of("kind", "värde"));
      assertThat(first.text()).isEqualTo("grüße");
      assertThat(next(subscription).text()).isEqualTo("original");
      assertThat(next(subscription).id()).isEqualTo("order-2");
    }
  }

  private static Message next(Subscription subscription) throws InterruptedException {
    return (Message) Objects.requireNonNull(subscription.poll(Duration.ofSeconds(30)));
  }

  /** The same calls, with the replies that they get now. */
  private static List<KeptCall> make(List<KeptCall> calls) throws Exception {
    var options = ServerOptions.DEFAULT.listen("127.0.0.1", 0).tls(TlsOptions.OFF);
    try (var server = EmqueServer.start(options)) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
      try {
        var made = new ArrayList<KeptCall>();
        for (KeptCall call : calls) {
          made.add(new KeptCall(call.method(), call.requests(), replies(channel, call)));
        }
        return made;
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static List<byte[]> replies(ManagedChannel channel, KeptCall made)
      throws InterruptedException {
    var answers = new LinkedBlockingQueue<byte[]>();
    var call = channel.newCall(KeptCall.descriptor(made.method()), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(byte[] message) {
            answers.add(message);
          }
        },
        new Metadata());
    call.request(made.replies().size());
    made.requests().forEach(call::sendMessage);
    call.halfClose();
    var replies = new ArrayList<byte[]>();
    while (replies.size() < made.replies().size()) {
      byte[] reply = answers.poll(30, TimeUnit.SECONDS);
      assertThat(reply).as("reply " + replies.size() + " of " + made.method()).isNotNull();
      replies.add(reply);
    }
    call.cancel("that was all", null);
    return replies;
  }

  /** A line for each field of the replies, but for what is another each time. */
  private static List<String> texts(KeptCall call) throws IOException {
    String[] words = call.method().split("/", -1);
    var file = words[0].equals("mq.MQ") ? MqProto.getDescriptor() : EmqueProto.getDescriptor();
    Descriptor type =
        file.findServiceByName(words[0].substring(words[0].lastIndexOf('.') + 1))
            .findMethodByName(words[1])
            .getOutputType();
    var text = new StringBuilder();
    for (byte[] reply : call.replies()) {
      text.append(TextFormat.printer().printToString(DynamicMessage.parseFrom(type, reply)));
    }
    return text.toString()
        .replaceAll("\\b[0-9a-z]+-0\\b", "EPOCH")
        .replaceAll("(time_unix_nanos|bytes): [0-9]+", "$1: -")
        .lines()
        .toList();
  }

  @Test
  @EnabledIfSystemProperty(named = "emque.formats", matches = "write")
  void writeCallsOfToday() throws Exception {
    KeptCall.write(KEPT.resolve(TODAY).resolve("grpc.txt"), make(today()));
  }

  private static List<KeptCall> today() {
    var publish =
        Publish.newBuilder()
            .setTopic("orders")
            .setId("order-1")
            .putHeaders("kind", "värde")
            .setPayload(ByteString.copyFromUtf8("grüße"))
            .build();
    var subscribe = SubscribeRequest.newBuilder().setTopic("orders").setSlow("skip");
    return List.of(
        call("emque.v1.Emque/Publish", 1, publish),
        call("emque.v1.Emque/Publish", 1, publish),
        call(
            "mq.MQ/Pub",
            1,
            PubRequest.newBuilder()
                .setTopic("orders")
                .setPayload(ByteString.copyFromUtf8("original"))
                .build()),
        call(
            "emque.v1.Emque/PublishStream",
            1,
            publish.toBuilder().setId("order-2").clearPayload().build()),
        call("emque.v1.Emque/PublishStream", 1, publish.toBuilder().setTopic("").build()),
        call("emque.v1.Emque/ListTopics", 1, ListTopicsRequest.newBuilder().setLimit(10).build()),
        call("emque.v1.Emque/Subscribe", 4, subscribe.clone().setFrom("earliest").build()),
        call("emque.v1.Emque/Subscribe", 3, subscribe.clone().setAfter("gone:3").build()),
        call("emque.v1.Emque/SubscribeStream", 2, subscribe.clone().setSince("1h").build()),
        call(
            "emque.v1.Emque/DeleteTopic",
            1,
            DeleteTopicRequest.newBuilder().setTopic("orders").build()));
  }

  private static KeptCall call(String method, int replies, MessageLite request) {
    var none = new ArrayList<byte[]>();
    for (int i = 0; i < replies; i++) {
      none.add(new byte[0]);
    }
    return new KeptCall(method, List.of(request.toByteArray()), none);
  }
}
