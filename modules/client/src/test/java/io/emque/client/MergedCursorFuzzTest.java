package io.emque.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.testkit.fuzz.Choices;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Cursors of merged topics, and ids, as clients may send them back. */
class MergedCursorFuzzTest {
  private static List<byte[]> cursors() {
    return texts(
        "~0~2.e1.42~0:0",
        "~x~0~0:1",
        "~1~2.e1.-1~10.0123456789.9223372036854775807:1",
        "~0~14.~0~2.e1.42~0~0.7~0:0",
        "~-1~:0",
        "~2~0:0");
  }

  @Fuzz(
      seeds = "cursors",
      runs = 20_000,
      words = {"~", "~0", "~x", ".", ":", "-1", "2.e1.", "9223372036854775807", "-2147483648"})
  void cursor(byte[] input) {
    try {
      Cursor cursor = Cursor.parse(new String(input, UTF_8));
      if (cursor.merged()) {
        MergedCursor merged = MergedCursor.parse(cursor);
        assertThat(merged.source()).isLessThan(merged.next().size());
        assertThat(MergedCursor.parse(merged.toCursor())).isEqualTo(merged);
      }
    } catch (BrokerException refused) {
      assertThat(refused.code()).isIn(ErrorCode.CURSOR_INVALID, ErrorCode.OPTION_INVALID);
      assertThat(refused.getMessage().chars().filter(Character::isISOControl)).isEmpty();
    }
  }

  /** Whatever positions several servers have, they come back. */
  @Fuzz(seeds = "cursors")
  void written(byte[] input) {
    MergedCursor made = made(input);
    if (made != null) {
      assertThat(MergedCursor.parse(made.toCursor())).isEqualTo(made);
    }
  }

  private static MergedCursor made(byte[] input) {
    var choices = new Choices(input);
    var next = new ArrayList<Cursor>();
    for (int i = 1 + choices.below(5); i > 0; i--) {
      String epoch = choices.text(40).replaceAll("[^0-9A-Za-z_~.-]", "a");
      boolean merged = epoch.startsWith("~") && epoch.length() > 1;
      String plain = epoch.replaceAll("[~.]", "b") + "e";
      next.add(
          choices.below(4) == 0
              ? null
              : new Cursor(
                  merged ? epoch : plain.substring(0, Math.min(32, plain.length())),
                  Math.max(-1, choices.number())));
    }
    return new MergedCursor(choices.below(next.size() + 1) - 1, next);
  }

  @Test
  void readerThatLooksForTheNextTildeWouldBeFound() {
    FuzzLoop.Target planted =
        input -> {
          MergedCursor made = made(input);
          String epoch = made.toCursor().epoch();
          assertThat(epoch.substring(1).split("~")).hasSize(made.next().size() + 1);
        };

    assertThat(FuzzLoop.finds(planted, cursors(), 3_000)).isTrue();
  }

  private static List<byte[]> ids() {
    return texts("~0123456789ABCDEF-1", "~zzzzzzzzzzzzzzzz-999999999999999999", "id", "");
  }

  @Fuzz(
      seeds = "ids",
      words = {"~", "-", "0", "9"})
  void id(byte[] input) {
    String text = new String(input, UTF_8);
    MessageId id = MessageId.parse(text);
    if (id != null) {
      assertThat(id.sequence()).isPositive();
      assertThat(text.replaceFirst("-0+", "-")).isEqualTo(id.toString());
    }
  }

  private static List<byte[]> texts(String... texts) {
    return Arrays.stream(texts).map(text -> text.getBytes(UTF_8)).toList();
  }
}
