package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.TextFormat;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.PublishReply;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients of released versions are understood, and understand: what they sent is kept in {@code
 * src/test/resources/formats/VERSION} and sent again, and every line of what they were answered is
 * there still. The frames of {@code emque.v1} that they were answered with are kept beside the test
 * of {@code modules/client}, which reads them.
 *
 * <p>{@code -Demque.formats=write} writes today's answers anew, for a version that was not released
 * yet.
 */
@Timeout(60)
@ExtendWith(QuietLog.class)
class FormatsTest {
  private static final String TODAY = "0.1";
  private static final Path KEPT = Path.of("src/test/resources/formats");
  private static final Path SERVERS = Path.of("../client").resolve(KEPT);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123456789Z");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CLOSE = 8;

  private final TestServer server =
      TestServer.start(TestServer.ENGINE.maxMessageBytes(1_024), () -> NOW);

  @AfterEach
  void stop() {
    server.close();
  }

  private RawClient connect(String version, String client) throws IOException {
    return server.connect().send(Files.readAllBytes(KEPT.resolve(version).resolve(client)));
  }

  // ---- emque.v1 by WebSocket

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void javaPublisherIsUnderstoodAndUnderstands(String version) throws Exception {
    byte[] answers = publish(version);

    assertThat(published(2).getFirst())
        .satisfies(
            message -> {
              assertThat(message.id()).isEqualTo("order-1");
              assertThat(message.headers()).isEqualTo(Map.of("kind", "värde"));
              assertThat(message.text()).isEqualTo("grüße");
            });
    assertThat(published(2).getLast().id()).isEqualTo("order-2");
    assertThat(published(2).getLast().payload()).isEmpty();
    var then = texts(Files.readAllBytes(SERVERS.resolve(version).resolve("publish.server")), true);
    assertThat(texts(answers, true)).containsSubsequence(then);
  }

  private byte[] publish(String version) throws IOException {
    try (var client = connect(version, "publish.client")) {
      assertThat(client.readHead().header("Sec-WebSocket-Protocol")).isEqualTo("emque.v1");
      var answers = new ByteArrayOutputStream();
      for (int i = 0; i < 4; i++) {
        write(answers, client.readFrame());
      }
      return answers.toByteArray();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void javaSubscriberIsUnderstoodAndUnderstands(String version) throws Exception {
    byte[] deliveries = subscribe(version);

    var then =
        texts(Files.readAllBytes(SERVERS.resolve(version).resolve("subscribe.server")), false);
    assertThat(texts(deliveries, false)).containsSubsequence(then);
  }

  /** Until the server stops. */
  private byte[] subscribe(String version) throws IOException {
    publishThree();
    try (var client = connect(version, "subscribe.client")) {
      assertThat(client.readHead().header("Sec-WebSocket-Protocol")).isEqualTo("emque.v1");
      var deliveries = new ByteArrayOutputStream();
      for (int i = 0; i < 5; i++) {
        write(deliveries, client.readFrame());
      }
      server.transport.drain(Duration.ofSeconds(10));
      for (int opcode = 0; opcode != CLOSE; ) {
        var frame = client.readFrame();
        write(deliveries, frame);
        opcode = frame.first() & 0xf;
      }
      return deliveries.toByteArray();
    }
  }

  private void publishThree() {
    var headers = Map.of("kind", "värde");
    server.broker.publish("orders", new Publication("grüße".getBytes(UTF_8), "order-1", headers));
    server.broker.publish("orders", "");
    server.broker.publish("orders", Publication.of("x".repeat(300)).id("order-2"));
  }

  private static void write(ByteArrayOutputStream to, RawClient.Frame frame) {
    int length = frame.payload().length;
    to.write(frame.first());
    if (length < 126) {
      to.write(length);
    } else {
      to.write(126);
      to.write(length >>> 8);
      to.write(length);
    }
    to.writeBytes(frame.payload());
  }

  /** A line for each field of what the frames hold; a close is its code and reason. */
  private static List<String> texts(byte[] frames, boolean replies) throws IOException {
    var lines = new StringBuilder();
    var in = new DataInputStream(new ByteArrayInputStream(frames));
    while (in.available() > 0) {
      int opcode = in.readUnsignedByte() & 0xf;
      int length = in.readUnsignedByte();
      byte[] payload = in.readNBytes(length == 126 ? in.readUnsignedShort() : length);
      if (opcode == CLOSE) {
        lines.append(new RawClient.Frame(CLOSE, payload).closeCode()).append('\n');
        lines.append(new RawClient.Frame(CLOSE, payload).closeReason()).append('\n');
      } else {
        lines.append(
            TextFormat.printer()
                .printToString(
                    replies ? PublishReply.parseFrom(payload) : Delivery.parseFrom(payload)));
      }
    }
    return comparable(lines.toString());
  }

  // ---- HTTP

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  void publisherByPostIsUnderstoodAndUnderstands(String version) throws Exception {
    for (int i = 0; i < 2; i++) {
      try (var client = connect(version, "post.client")) {
        var head = client.readHead();

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Emque-Offset")).isEqualTo("0");
        assertThat(head.header("Emque-Ack")).isEqualTo("memory");
        assertThat(head.header("Emque-Duplicate")).isEqualTo(i == 0 ? "" : "true");
      }
    }
    Message message = published(1).getFirst();
    assertThat(message.id()).isEqualTo("order-1");
    assertThat(message.headers()).isEqualTo(Map.of("kind", "värde"));
    assertThat(message.text()).isEqualTo("grüße");
  }

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  void publisherOfABatchIsUnderstoodAndUnderstands(String version) throws Exception {
    try (var client = connect(version, "batch.client")) {
      var head = client.readHead();
      head = head.status() == 100 ? client.readHead() : head;

      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("Emque-Count")).isEqualTo("4");
      assertThat(head.header("Emque-Offset")).isEqualTo("3");
    }
    assertThat(published(4)).extracting(Message::text).containsExactly("one", "", "two", "thrée");
  }

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void eventSourceIsUnderstoodAndUnderstands(String version) throws Exception {
    var now = comparable(stream(version, "sse.client", "text/event-stream"));

    assertThat(now.stream().filter(line -> !line.startsWith(":")))
        .containsExactlyElementsOf(comparable(answer(version, "sse.server")));
  }

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void readerOfJsonIsUnderstoodAndUnderstands(String version) throws Exception {
    var now = comparable(stream(version, "json.client", "application/x-ndjson"));

    var then = comparable(answer(version, "json.server"));
    assertThat(now).hasSameSizeAs(then);
    for (int i = 0; i < then.size(); i++) {
      assertThat(holds(JSON.readTree(now.get(i)), JSON.readTree(then.get(i))))
          .as(now.get(i) + " holds " + then.get(i))
          .isTrue();
    }
  }

  /** Whether all that stood in an answer stands there still. */
  private static boolean holds(JsonNode now, JsonNode then) {
    if (!then.isObject()) {
      return now.equals(then);
    }
    for (var field : then.properties()) {
      JsonNode same = now.get(field.getKey());
      if (same == null || !holds(same, field.getValue())) {
        return false;
      }
    }
    return true;
  }

  /** An endless answer, until the server stops. */
  private String stream(String version, String name, String type) throws IOException {
    publishThree();
    try (var client = connect(version, name)) {
      assertThat(client.readHead().header("Content-Type")).startsWith(type);
      var text = new StringBuilder();
      while (!text.toString().contains("x".repeat(300))) {
        text.append(new String(client.readChunk(), UTF_8));
      }
      server.transport.drain(Duration.ofSeconds(10));
      for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
        text.append(new String(chunk, UTF_8));
      }
      return text.toString();
    }
  }

  private static String answer(String version, String name) throws IOException {
    return Files.readString(KEPT.resolve(version).resolve(name));
  }

  // ----

  /** The same for every run: no epoch of its own, and no time that somebody is asked to wait. */
  private static List<String> comparable(String text) {
    var epoch = Pattern.compile("\\b[0-9a-z]+-0\\b").matcher(text);
    assertThat(epoch.find()).as(text).isTrue();
    return text.replace(epoch.group(), "EPOCH")
        .replaceAll(" *retry_after_millis: [0-9]+\n", "")
        .replaceAll("(?<key>retry: |retryMillis\":)[0-9]+", "${key}0")
        .lines()
        .toList();
  }

  private List<Message> published(int count) throws Exception {
    var found = new ArrayList<Message>();
    var earliest = SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);
    try (var subscription = server.broker.subscribe("orders", earliest)) {
      while (found.size() < count) {
        found.add((Message) Objects.requireNonNull(subscription.poll(Duration.ofSeconds(30))));
      }
    }
    assertThat(server.broker.topic("orders").orElseThrow().nextOffset()).isEqualTo(count);
    return found;
  }

  // ---- writing

  @Test
  @EnabledIfSystemProperty(named = "emque.formats", matches = "write")
  void writeAnswersOfTodayToPublishers() throws Exception {
    write(SERVERS, "publish.server", publish(TODAY));
  }

  @Test
  @EnabledIfSystemProperty(named = "emque.formats", matches = "write")
  void writeDeliveriesOfToday() throws Exception {
    write(SERVERS, "subscribe.server", subscribe(TODAY));
  }

  @Test
  @EnabledIfSystemProperty(named = "emque.formats", matches = "write")
  void writeEventStreamOfToday() throws Exception {
    write(KEPT, "sse.server", stream(TODAY, "sse.client", "text/event-stream").getBytes(UTF_8));
  }

  @Test
  @EnabledIfSystemProperty(named = "emque.formats", matches = "write")
  void writeJsonOfToday() throws Exception {
    write(
        KEPT, "json.server", stream(TODAY, "json.client", "application/x-ndjson").getBytes(UTF_8));
  }

  private static void write(Path kept, String name, byte[] bytes) throws IOException {
    Files.write(Files.createDirectories(kept.resolve(TODAY)).resolve(name), bytes);
  }
}
