package io.emque.testkit.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Planted faults of the kinds that parsers have: the loop finds each. */
class FuzzLoopTest {
  private static final List<byte[]> QUERIES =
      List.of("topic=a%20b&from=earliest".getBytes(UTF_8), "a=%C3%BC".getBytes(UTF_8));

  @Test
  void readingBehindTheEndIsFound() {
    FuzzLoop.Target unescapes =
        input -> {
          for (int i = 0; i < input.length; i++) {
            if (input[i] == '%') {
              var unused = input[i + 2]; // whether they are there was not asked
            }
          }
        };

    assertThat(FuzzLoop.finds(unescapes, QUERIES, 3_000)).isTrue();
  }

  @Test
  void lengthThatIsBelievedIsFound() {
    byte[] record = ByteBuffer.allocate(12).putInt(8).putLong(42).array();
    FuzzLoop.Target reads =
        input -> {
          if (input.length >= 4) {
            int length = ByteBuffer.wrap(input).getInt();
            if (length > 1 << 24) {
              throw new OutOfMemoryError("asked for " + length + " bytes");
            }
          }
        };

    assertThat(FuzzLoop.finds(reads, List.of(record), 3_000)).isTrue();
  }

  @Test
  void stepThatOneKindOfInputSkipsIsFound() {
    FuzzLoop.Target roundTrip =
        input -> {
          String text = new String(input, UTF_8);
          String back = text.replace("\r\n", "\n");
          assertThat(back).isEqualTo(text);
        };

    assertThat(FuzzLoop.finds(roundTrip, List.of("a\rb\nc".getBytes(UTF_8)), 3_000)).isTrue();
  }

  @Test
  void sameSeedMakesTheSameInputsAndAnotherOneOthers() {
    assertThat(inputs(7)).isEqualTo(inputs(7)).isNotEqualTo(inputs(8)).doesNotHaveDuplicates();
  }

  private static List<String> inputs(long seed) {
    var seen = new ArrayList<String>();
    var loop =
        new FuzzLoop(
            input -> seen.add(HexFormat.of().formatHex(input)),
            List.of(new byte[300]),
            List.of(),
            1_000,
            seed);
    assertThat(loop.mutated(50, Duration.ZERO)).isNull();
    return seen.stream().distinct().toList();
  }

  @Test
  void runThatFailedFailsAgainByItsNumber() {
    FuzzLoop.Target fails = input -> assertThat(input).doesNotContain((byte) 'z');
    var first = new FuzzLoop(fails, QUERIES, List.of(), 100, 3).mutated(100_000, Duration.ZERO);

    var again = new FuzzLoop(fails, QUERIES, List.of(), 100, 3).again(first.run());

    assertThat(again.input()).isEqualTo(first.input());
  }
}
