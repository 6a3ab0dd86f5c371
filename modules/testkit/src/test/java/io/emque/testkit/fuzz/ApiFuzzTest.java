package io.emque.testkit.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Topics;
import io.emque.api.spi.ServerAddress;
import io.emque.api.spi.TopicPattern;
import io.emque.api.spi.TopicRules;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the API reads: here, because the module {@code api} stands below this one. */
class ApiFuzzTest {
  private static List<byte[]> cursors() {
    return bytes(
        "e1:42",
        "E_-9:-1",
        "~0~2.e1.42~0:0",
        "01234567890123456789012345678901:9223372036854775807",
        "a:007",
        ":1",
        "a:");
  }

  @Fuzz(seeds = "cursors")
  void cursor(byte[] input) {
    String text = new String(input, UTF_8);
    try {
      Cursor cursor = Cursor.parse(text);

      assertThat(text).startsWith(cursor.epoch() + ":");
      assertThat(cursor.epoch()).matches("[0-9A-Za-z_-]{1,32}|~[0-9A-Za-z_.~-]{1,480}");
      assertThat(Cursor.parse(cursor.toString())).isEqualTo(cursor);
      assertThat(cursor.next().offset()).isGreaterThanOrEqualTo(cursor.offset());
    } catch (BrokerException refused) {
      assertThat(refused.code()).isEqualTo(ErrorCode.CURSOR_INVALID);
      assertOneLine(refused.getMessage());
    }
  }

  private static List<byte[]> topics() {
    return bytes(
        "foo", "a/b", "ü", "a b", "../x", "x".repeat(1024), "€".repeat(342), "\uD83D\uDE00");
  }

  /** Read as UTF-16, so that there are halves of characters. */
  @Fuzz(seeds = "topics")
  void topic(byte[] input) {
    String name =
        new String(
            input, input.length % 2 == 0 ? java.nio.charset.StandardCharsets.UTF_16BE : UTF_8);
    boolean whole = UTF_8.newEncoder().canEncode(name);
    int length = name.getBytes(UTF_8).length;
    boolean good =
        whole && length > 0 && length <= 1024 && name.chars().noneMatch(Character::isISOControl);
    try {
      assertThat(Topics.requireValid(name)).isEqualTo(name);
      assertThat(good).isTrue();
    } catch (BrokerException refused) {
      assertThat(good).isFalse();
      assertOneLine(refused.getMessage());
    }
  }

  private static List<byte[]> patterns() {
    return bytes(
        "\u0003a/*a/b",
        "\u0001*x",
        "\u0006\\*\\\\x**\\x",
        "\u0008a*b*c*d*aabbccdd",
        "\u0004*a**a*a*a");
  }

  /** Against a matcher that tries everything. */
  @Fuzz(
      seeds = "patterns",
      words = {"*", "\\*", "\\\\", "a"})
  void pattern(byte[] input) {
    var choices = new Choices(input);
    String text = choices.text(60);
    String topic = new String(choices.rest(), UTF_8);
    try {
      assertThat(matches(TopicPattern.of(text), topic)).isEqualTo(slowly(text, topic));
    } catch (IllegalArgumentException refused) {
      assertThat(isPattern(text)).isFalse();
    }
  }

  private static boolean isPattern(String text) {
    return !text.isEmpty() && !text.replace("\\\\", "").replace("\\*", "").contains("\\");
  }

  private static boolean matches(TopicPattern pattern, String topic) {
    return new TopicRules(List.of(pattern), List.of(), List.of(), false)
        .allow(io.emque.api.spi.Action.PUBLISH, topic);
  }

  /** Which beginnings of the topic the pattern so far stands for. */
  private static boolean slowly(String pattern, String topic) {
    boolean[] ends = new boolean[topic.length() + 1];
    ends[0] = true;
    for (int p = 0; p < pattern.length(); p++) {
      boolean star = pattern.charAt(p) == '*';
      p += pattern.charAt(p) == '\\' ? 1 : 0;
      boolean[] next = new boolean[ends.length];
      for (int i = 0; i < ends.length; i++) {
        next[i] =
            star
                ? ends[i] || (i > 0 && next[i - 1])
                : i > 0 && ends[i - 1] && topic.charAt(i - 1) == pattern.charAt(p);
      }
      ends = next;
    }
    return ends[topic.length()];
  }

  @Test
  void starThatStopsAtASlashWouldBeFound() {
    FuzzLoop.Target planted =
        input -> {
          var choices = new Choices(input);
          String text = choices.text(60);
          String topic = new String(choices.rest(), UTF_8);
          if (!isPattern(text)) {
            return;
          }
          assertThat(slowly(text, topic.replaceAll("/.*", ""))).isEqualTo(slowly(text, topic));
        };

    assertThat(FuzzLoop.finds(planted, patterns(), 3_000)).isTrue();
  }

  private static List<byte[]> servers() {
    return bytes(
        "localhost",
        "localhost:8081",
        "https://example.org/",
        "http://[::1]:65535",
        "[fe80::1%25eth0]:1",
        "http://user@host",
        "https:x://y",
        "127.0.0.1:0",
        "a:b://c");
  }

  @Fuzz(
      seeds = "servers",
      words = {"://", "https:", "http:", "[", "]", ":", "::1", "%", "@", "#"})
  void server(byte[] input) {
    String text = new String(input, UTF_8);
    ServerAddress address;
    try {
      address = ServerAddress.parse(text);
    } catch (IllegalArgumentException refused) {
      assertOneLine(refused.getMessage());
      return;
    }
    assertThat(address.port()).isBetween(1, 65_535);
    assertThat(ServerAddress.parse(address.uri().toString())).isEqualTo(address);
  }

  private static List<byte[]> publications() {
    return bytes("\u0003id1\u0001a\u0001b", "\u0000\u0003K-9\u0000");
  }

  @Fuzz(seeds = "publications", maxBytes = 20_000)
  void publication(byte[] input) {
    var choices = new Choices(input);
    String id = choices.flag() ? choices.text(300) : null;
    var headers = new java.util.HashMap<String, String>();
    while (!choices.isOver()) {
      headers.put(choices.text(300), choices.text(3_000));
    }
    try {
      var publication = new Publication(input, id, headers);

      assertThat(publication.headers()).hasSizeLessThanOrEqualTo(Publication.MAX_HEADERS);
      assertThat(bytes(publication.headers())).isLessThanOrEqualTo(Publication.MAX_HEADER_BYTES);
    } catch (BrokerException refused) {
      assertOneLine(refused.getMessage());
    }
  }

  private static int bytes(Map<String, String> headers) {
    return headers.entrySet().stream()
        .mapToInt(h -> h.getKey().getBytes(UTF_8).length + h.getValue().getBytes(UTF_8).length)
        .sum();
  }

  private static void assertOneLine(String message) {
    assertThat(message).isNotBlank();
    assertThat(message.chars().filter(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029))
        .isEmpty();
  }

  private static List<byte[]> bytes(String... texts) {
    return java.util.Arrays.stream(texts).map(text -> text.getBytes(UTF_8)).toList();
  }
}
