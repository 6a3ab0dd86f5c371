package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.api.Publication;
import io.emque.api.SlowPolicy;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Topics;
import io.emque.engine.EngineOptions;
import io.emque.engine.Event;
import io.emque.engine.MemoryBroker;
import io.emque.engine.Slice;
import io.emque.testkit.fuzz.Choices;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import io.emque.testkit.sse.EventStreamParser;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Messages as the log holds them, encoded, and read again by those who know nothing of the encoder:
 * JSON by Jackson, events by {@link EventStreamParser}.
 */
class EncodingFuzzTest {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static MemoryBroker broker;

  @BeforeAll
  static void open() {
    broker = new MemoryBroker(EngineOptions.DEFAULT);
  }

  @AfterAll
  static void close() {
    broker.close();
  }

  /** A topic, and messages: an id or none, headers, a payload. */
  private static List<byte[]> histories() {
    return List.of(
        "\u0003foo\u0000\u0000\u0005hello\u0000\u0000\u0000".getBytes(UTF_8),
        "\u0004a\"\\b\u0001\u0003id1\u0001\u0001k\u0003v\"\n\u000bone\ntwo\r\n\n".getBytes(UTF_8),
        "\u0002ü\u0000\u0000\u0006\u2028\u2029\u0000\u0001\u0002\u00e9x\u0000\u0001\n"
            .getBytes(UTF_8),
        HexFormat.of().parseHex("0174000003efbbbf0000028081000002c3280000030d0a0d000004f09f9880"));
  }

  @Fuzz(
      runs = 600,
      seeds = "histories",
      words = {"\n", "\r", "\"", "\\", "\u0000", "data:", ":", "\uFEFF", "€"})
  void json(byte[] input) throws Exception {
    encode(
        input,
        (slice, sent) -> {
          String text = utf8(encoded(new JsonEncoder(), slice));
          assertThat(text).endsWith("\n");
          String[] lines = text.substring(0, text.length() - 1).split("\n", -1);
          assertThat(lines).hasSize(slice.count());
          for (int i = 0; i < lines.length; i++) {
            assertMessage(JSON.readTree(lines[i]), slice, i, sent.get((int) slice.offset(i)));
          }
        });
  }

  private static void assertMessage(JsonNode json, Slice slice, int i, Publication sent) {
    assertThat(json.get("topic").textValue()).isEqualTo(slice.topic());
    assertThat(json.get("epoch").textValue()).isEqualTo(slice.epoch(i));
    assertThat(json.get("offset").longValue()).isEqualTo(slice.offset(i));
    Instant time = Instant.parse(json.get("time").textValue());
    assertThat(time.getEpochSecond() * 1_000_000_000L + time.getNano())
        .isEqualTo(slice.timeNanos(i));
    assertThat(json.has("id") ? json.get("id").textValue() : null).isEqualTo(sent.id());
    var headers = new HashMap<String, String>();
    json.get("headers")
        .properties()
        .forEach(h -> headers.put(h.getKey(), h.getValue().textValue()));
    assertThat(headers).isEqualTo(sent.headers());
    assertThat(json.has("payload")).isEqualTo(isUtf8(sent.payload()));
    byte[] payload =
        json.has("payload")
            ? json.get("payload").textValue().getBytes(UTF_8)
            : Base64.getDecoder().decode(json.get("payloadBase64").textValue());
    assertThat(payload).isEqualTo(sent.payload());
  }

  @Fuzz(
      runs = 600,
      seeds = "histories",
      words = {"\n", "\r", "\r\n", "\u0000", "data:", "id: x", ":", "\uFEFF"})
  void events(byte[] input) throws Exception {
    encode(input, (slice, sent) -> assertEvents(slice, sent, encoded(new SseEncoder(), slice)));
  }

  @Test
  void encoderThatForgetsALineWouldBeFound() {
    FuzzLoop.Target planted =
        input ->
            encode(
                input,
                (slice, sent) -> {
                  byte[] bytes = encoded(new SseEncoder(), slice);
                  String text = new String(bytes, ISO_8859_1).replace("data: \ndata", "data");
                  assertEvents(slice, sent, text.getBytes(ISO_8859_1));
                });

    assertThat(FuzzLoop.finds(planted, histories(), 3_000)).isTrue();
  }

  /** Some of the bytes at a time, as they come from a socket. */
  private static void assertEvents(Slice slice, List<Publication> sent, byte[] bytes) {
    var parser = new EventStreamParser();
    var events = new ArrayList<EventStreamParser.Event>();
    for (int at = 0; at < bytes.length; at += 7) {
      events.addAll(parser.feed(bytes, at, Math.min(7, bytes.length - at)));
    }
    assertThat(parser.faults()).isEmpty();
    assertThat(events).hasSize(slice.count());
    for (int i = 0; i < slice.count(); i++) {
      var event = events.get(i);
      byte[] payload = sent.get((int) slice.offset(i)).payload();
      assertThat(event.lastEventId()).isEqualTo(slice.epoch(i) + ":" + slice.offset(i));
      boolean text = isUtf8(payload) && new String(payload, UTF_8).indexOf('\r') < 0;
      assertThat(event.type()).isEqualTo(text ? "message" : "base64");
      assertThat(text ? event.data().getBytes(UTF_8) : Base64.getDecoder().decode(event.data()))
          .isEqualTo(payload);
    }
  }

  /** A gap and a goodbye, whose topics may hold anything a name may. */
  @Fuzz(runs = 600, seeds = "histories")
  void told(byte[] input) throws Exception {
    var choices = new Choices(input);
    long missed = choices.number() & Long.MAX_VALUE;
    String topic = new String(choices.rest(), UTF_8);
    var expected = new Cursor("e1", missed);
    var gap =
        new Gap(
            topic,
            expected,
            new Cursor("e2", 7),
            missed % 2 == 0 ? OptionalLong.empty() : OptionalLong.of(missed));
    var bytes = new ByteArrayOutputStream();
    var out = new Output(sink(bytes));
    new SseEncoder().gap(out, gap);
    new SseEncoder().refusal(out, refusal(topic));
    out.flush();
    var events = EventStreamParser.parse(bytes.toByteArray());

    assertThat(events).extracting(EventStreamParser.Event::type).containsExactly("gap", "refused");
    JsonNode told = JSON.readTree(events.getFirst().data());
    assertThat(told.get("topic").textValue()).isEqualTo(topic);
    assertThat(told.get("expected").textValue()).isEqualTo(expected.toString());
    assertThat(told.get("missed").isNull()).isEqualTo(gap.missed().isEmpty());
    assertThat(events.getFirst().lastEventId()).isEqualTo("e2:6");
    JSON.readTree(events.getLast().data());
  }

  private static BrokerException refusal(String text) {
    return new BrokerException(io.emque.api.ErrorCode.SLOW_CONSUMER, "about " + text);
  }

  private static void encode(byte[] input, Check check) throws Exception {
    var choices = new Choices(input);
    String topic = choices.text(40);
    try {
      Topics.requireValid(topic);
    } catch (BrokerException refused) {
      topic = "t";
    }
    var sent = new ArrayList<Publication>();
    try {
      while (!choices.isOver() && sent.size() < 100) {
        var publication = publication(choices);
        if (publication != null && !broker.publish(topic, publication).duplicate()) {
          sent.add(publication);
        }
      }
      var from = new SubscribeOptions(StartPosition.EARLIEST, SlowPolicy.SKIP);
      try (var reader = broker.open(topic, from, "fuzz")) {
        for (int seen = 0; seen < sent.size(); ) {
          assertThat(reader.read(0)).isEqualTo(Event.MESSAGES);
          check.of(reader.slice(), sent);
          seen += reader.slice().count();
        }
      }
    } finally {
      broker.delete(topic);
    }
  }

  private static Publication publication(Choices choices) {
    int how = choices.octet();
    String id = (how & 1) == 0 ? null : choices.text(20);
    var headers = new HashMap<String, String>();
    for (int i = choices.below(4); i > 0; i--) {
      headers.put(choices.text(10), choices.text(20));
    }
    byte[] payload = choices.bytes(200);
    if ((how & 0xf0) == 0xf0) { // longer than any buffer
      byte[] piece = payload;
      payload = new byte[piece.length * 300];
      for (int i = 0; i < payload.length; i++) {
        payload[i] = piece[i % piece.length];
      }
    }
    try {
      return new Publication(payload, id, Map.copyOf(headers));
    } catch (BrokerException refused) {
      return null;
    }
  }

  /** Both ways: of one stream's own, and once for all streams. */
  private static byte[] encoded(Encoder encoder, Slice slice) {
    var own = new ByteArrayOutputStream();
    var shared = new ByteArrayOutputStream();
    var out = new Output(sink(own));
    for (int i = 0; i < slice.count(); i++) {
      encoder.message(out, slice, i);
    }
    out.flush();
    out = new Output(sink(shared));
    encoder.messages(out, slice);
    out.flush();
    assertThat(shared.toByteArray()).isEqualTo(own.toByteArray());
    return own.toByteArray();
  }

  private static Sink sink(ByteArrayOutputStream bytes) {
    return new Sink() {
      @Override
      public void write(byte[] buffer, int count) {
        bytes.write(buffer, HEAD, count);
      }

      @Override
      public void end() {}
    };
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      utf8(bytes);
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static String utf8(byte[] bytes) throws CharacterCodingException {
    return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  private interface Check {
    void of(Slice slice, List<Publication> sent) throws Exception;
  }
}
