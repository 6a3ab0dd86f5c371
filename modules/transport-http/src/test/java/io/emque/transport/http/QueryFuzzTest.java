package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.SlowPolicy;
import io.emque.engine.MemoryBroker;
import io.emque.testkit.fuzz.Choices;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Queries, and what a subscriber asks for in one. */
class QueryFuzzTest {
  private static final Pattern ESCAPES = Pattern.compile("%([0-9A-Fa-f]{2})|(%)|([^%])");
  private static final HttpOptions HTTP =
      new HttpOptions(Duration.ofMinutes(5), SlowPolicy.SKIP, false, List.of(), null, false);

  private static MemoryBroker broker;

  @BeforeAll
  static void open() {
    broker = new MemoryBroker();
    for (int i = 0; i < 3; i++) {
      broker.publish("t", Publication.of("x"));
    }
  }

  @AfterAll
  static void close() {
    broker.close();
  }

  private static List<byte[]> queries() {
    return texts(
        "topic=foo",
        "topic=a%2Fb%20c&from=earliest&from=latest",
        "a=b+c&&=x&y&z=%C3%BC",
        "%74opic=1&topic=2",
        "x=%F0%9F%98%80&b=%zz",
        "x=%E2%82",
        "x=100%&y=%4");
  }

  /** Against a reading that goes character by character. */
  @Fuzz(
      seeds = "queries",
      runs = 5_000,
      words = {"%", "&", "=", "+", "%C3", "%BC", "%00", "ü"})
  void query(byte[] input) {
    assertThat(parsed(new String(input, UTF_8))).isEqualTo(read(new String(input, UTF_8), true));
  }

  @Test
  void plusThatIsNoSpaceWouldBeFound() {
    FuzzLoop.Target planted =
        input ->
            assertThat(read(new String(input, UTF_8), false))
                .isEqualTo(read(new String(input, UTF_8), true));

    assertThat(FuzzLoop.finds(planted, texts("topic=foo"), 20_000)).isTrue();
  }

  /** The values of the names that there are; null when it is refused. */
  private static Map<String, String> parsed(String raw) {
    try {
      var query = Query.parse(raw);
      var values = new HashMap<String, String>();
      for (String pair : raw.split("&")) {
        if (!pair.isEmpty()) {
          String name = Query.decode(pair.replaceFirst("(?s)=.*", ""), true);
          values.put(name, query.get(name));
        }
      }
      return values;
    } catch (BrokerException refused) {
      assertThat(refused.code()).isEqualTo(ErrorCode.QUERY_INVALID);
      assertOneLine(refused.getMessage());
      return null;
    }
  }

  private static Map<String, String> read(String raw, boolean plus) {
    var values = new HashMap<String, String>();
    for (String pair : raw.split("&")) {
      if (pair.isEmpty()) {
        continue;
      }
      String[] parts = pair.split("=", 2);
      String name = unescaped(parts[0], plus);
      String value = unescaped(parts.length < 2 ? "" : parts[1], plus);
      if (name == null || value == null) {
        return null;
      }
      values.putIfAbsent(name, value);
    }
    return values;
  }

  private static String unescaped(String text, boolean plus) {
    var latin1 = new String(text.getBytes(UTF_8), ISO_8859_1);
    var out = new StringBuilder();
    var matcher = ESCAPES.matcher(plus ? latin1.replace('+', ' ') : latin1);
    while (matcher.find()) {
      if (matcher.group(2) != null) {
        return null;
      }
      String hex = matcher.group(1);
      out.append(hex == null ? matcher.group(3) : (char) Integer.parseInt(hex, 16));
    }
    try {
      var bytes = ByteBuffer.wrap(out.toString().getBytes(ISO_8859_1));
      return UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** Whatever text is encoded comes back. */
  @Fuzz(seeds = "queries")
  void encoded(byte[] input) {
    var choices = new Choices(input);
    String name = choices.text(20);
    String value = new String(choices.rest(), UTF_8);

    var query = Query.parse(URLEncoder.encode(name, UTF_8) + "=" + URLEncoder.encode(value, UTF_8));

    assertThat(query.get(name)).isEqualTo(value);
  }

  private static List<byte[]> positions() {
    return texts(
        "\u0001\u0008earliest",
        "\u0001\u0001002",
        "\u0001\u0006e1:123",
        "\u0002\u0005e1:-1\u0008",
        "\f\u000310m\u0004skip",
        "\u0004\u00141970-01-01T00:00:00Z",
        "\u0004\u00231999-12-31T23:59:59.999999999 18:00",
        "\f\u001f-999999999-01-01T00:00:00+18:00\ndisconnect",
        "\f\r999999999999d\u0005block");
  }

  /** What is taken, a topic can be read from. */
  @Fuzz(
      seeds = "positions",
      runs = 1_500,
      words = {"latest", "earliest", "+", "-", ":", "T", "Z", "999999999", "ms", "d", "h"})
  void position(byte[] input) throws Exception {
    var choices = new Choices(input);
    int which = choices.octet();
    String from = (which & 1) == 0 ? null : choices.text(60);
    String after = (which & 2) == 0 ? null : choices.text(60);
    String since = (which & 4) == 0 ? null : choices.text(60);
    String slow = (which & 8) == 0 ? null : choices.text(20);
    try {
      var options =
          SubscribeParameters.parse(from, after, since, slow, HTTP, InstantSource.system());
      try (var reader = broker.open("t", options, "fuzz")) {
        var unused = reader.read(0);
        assertThat(reader.resumeAt().offset()).isGreaterThanOrEqualTo(-1);
      }
    } catch (BrokerException refused) {
      assertOneLine(refused.getMessage());
    }
  }

  private static List<byte[]> traces() {
    return texts("\u000000-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01|a=b", "\u0002x|y");
  }

  @Fuzz(seeds = "traces", maxBytes = 12_000)
  void trace(byte[] input) {
    var choices = new Choices(input);
    var headers = new HashMap<String, String>();
    for (int i = choices.below(40); i > 0; i--) {
      headers.put("h" + i, choices.text(600));
    }
    String[] parts = new String(choices.rest(), UTF_8).split("\\|", 2);

    var traced = TraceContext.add(headers, parts[0], parts.length < 2 ? null : parts[1]);

    assertThat(traced).containsAllEntriesOf(headers);
    if (traced.size() > headers.size()) {
      assertThat(traced.get(TraceContext.PARENT)).hasSize(55).matches("[0-9a-f-]+");
      var unused = new Publication(input, null, traced); // there is room
    }
  }

  private static void assertOneLine(String message) {
    assertThat(message).isNotBlank();
    assertThat(message.chars().filter(Character::isISOControl)).isEmpty();
  }

  private static List<byte[]> texts(String... texts) {
    return Arrays.stream(texts).map(text -> text.getBytes(UTF_8)).toList();
  }
}
