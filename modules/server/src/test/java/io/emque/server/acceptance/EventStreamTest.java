package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Publication;
import io.emque.testkit.sse.EventStreamParser;
import io.emque.testkit.sse.EventStreamParser.Event;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Payloads that Server-Sent Events can only carry with care, read by the algorithm of WHATWG HTML,
 * section 9.2. Node's eventsource reads the same ones in {@link ThirdPartyClientsTest}.
 */
@Timeout(120)
class EventStreamTest {
  private static final Map<String, byte[]> PAYLOADS = payloads();

  private static Map<String, byte[]> payloads() {
    var payloads = new LinkedHashMap<String, byte[]>();
    String[] texts = {
      "plain",
      "",
      " ",
      "  two spaces first",
      "\tx",
      "\n",
      "\n\n",
      "a\n",
      "\na",
      "a\n\nb",
      "\r",
      "a\rb",
      "a\r\nb",
      "\r\n",
      "\n\r",
      "\uFEFF",
      "\uFEFFbyte order mark",
      "a\uFEFFb",
      ":",
      ": x",
      "a:b",
      "data: x",
      "data",
      "id: 5",
      "event: gap",
      "retry: 1",
      "\ndata: x\n\nid: 9\n",
      "\0",
      "a\0b",
      "\u0085",
      "\u2028\u2029",
      "\u000b\u000c",
      "ü€😀",
      "\uFFFD",
      "\u007f"
    };
    for (String text : texts) {
      payloads.put(text, text.getBytes(UTF_8));
    }
    payloads.put("a high surrogate alone", new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80});
    payloads.put("a low surrogate alone", new byte[] {'a', (byte) 0xED, (byte) 0xBF, (byte) 0xBF});
    payloads.put("overlong", new byte[] {(byte) 0xC0, (byte) 0x8A});
    payloads.put("cut short", new byte[] {'a', (byte) 0xE2, (byte) 0x82});
    payloads.put("beyond Unicode", new byte[] {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80});
    payloads.put("0xFF", new byte[] {(byte) 0xFF});
    return payloads;
  }

  @Test
  void everyPayloadComesOutAsItWentIn() throws Exception {
    try (var server = TestServer.plain();
        var peer = Peer.connect(server.port())) {
      for (byte[] payload : PAYLOADS.values()) {
        server.broker().publish("sse", Publication.of(payload));
      }
      peer.sendHead("GET /sub?topic=sse&format=sse&from=earliest HTTP/1.1", new String[0]);
      assertThat(peer.readHead().header("Content-Type")).startsWith("text/event-stream");
      var parser = new EventStreamParser();

      List<Event> events = read(peer.chunked(), parser, PAYLOADS.size());

      int i = 0;
      for (var expected : PAYLOADS.entrySet()) {
        Event event = events.get(i);
        assertThat(payload(event)).as(expected.getKey()).isEqualTo(expected.getValue());
        assertThat(event.type())
            .as(expected.getKey())
            .isEqualTo(isLines(expected.getValue()) ? "message" : "base64");
        assertThat(event.lastEventId()).endsWith(":" + i);
        i++;
      }
      assertThat(parser.faults())
          .allMatch(fault -> fault.equals("perhaps not UTF-8: data: \uFFFD"));
    }
  }

  @Test
  void streamBeginsWithAnIdAloneAndAGapCarriesTheIdBeforeTheNext() throws Exception {
    try (var server = TestServer.plain();
        var peer = Peer.connect(server.port())) {
      server.broker().publish("foo", "0");
      String epoch = server.broker().topic("foo").orElseThrow().epoch();
      peer.sendHead("GET /sub?topic=foo&format=sse&after=x:7 HTTP/1.1", new String[0]);
      assertThat(peer.readHead().status()).isEqualTo(200);
      var parser = new EventStreamParser();

      List<Event> events = read(peer.chunked(), parser, 2);

      assertThat(events.get(0).type()).isEqualTo("gap");
      assertThat(events.get(0).lastEventId()).isEqualTo(epoch + ":-1");
      assertThat(events.get(0).data()).contains("\"next\":\"" + epoch + ":0\"");
      assertThat(events.get(1)).isEqualTo(new Event("message", "0", epoch + ":0"));
      assertThat(parser.faults()).isEmpty();
    }
  }

  private static List<Event> read(InputStream in, EventStreamParser parser, int count)
      throws Exception {
    var events = new ArrayList<Event>();
    var buffer = new byte[7]; // lines and characters come in pieces
    while (events.size() < count) {
      int length = in.read(buffer);
      assertThat(length).as("the stream goes on after %s", events).isPositive();
      events.addAll(parser.feed(buffer, 0, length));
    }
    return events;
  }

  private static byte[] payload(Event event) {
    return event.type().equals("base64")
        ? Base64.getDecoder().decode(event.data())
        : event.data().getBytes(UTF_8);
  }

  private static boolean isLines(byte[] payload) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString().indexOf('\r') < 0;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
