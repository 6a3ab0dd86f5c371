package io.emque.frames;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** {@link Utf8Check} beside the decoder of the JDK. */
class Utf8CheckTest {
  private static final int[] EDGES = {
    0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
    0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF
  };

  @Test
  void verdictOnEveryRunOfFourBytesAtTheEdgesIsTheDecoders() {
    var bytes = new byte[4];
    int valid = 0;
    int all = EDGES.length * EDGES.length * EDGES.length * EDGES.length;

    for (int n = 0; n < all; n++) {
      for (int i = 0, rest = n; i < 4; i++, rest /= EDGES.length) {
        bytes[i] = (byte) EDGES[rest % EDGES.length];
      }
      boolean expected = isValid(bytes);
      valid += expected ? 1 : 0;
      if (Utf8Check.isValid(bytes, 0, 4) != expected) {
        assertThat(bytes).as("expected valid: " + expected).isNull();
      }
    }

    assertThat(valid).isBetween(1, all / 2);
  }

  @Test
  void piecesAreValidWhereverTheyAreCut() {
    String text = "plain, long enough for words of eight bytes; é € 😀 \u0800 \uFFFD".repeat(4);
    byte[] bytes = text.getBytes(UTF_8);
    var random = new Random(7);

    for (int round = 0; round < 200; round++) {
      var check = new Utf8Check();
      for (int at = 0; at < bytes.length; ) {
        int n = Math.min(random.nextInt(12), bytes.length - at);
        assertThat(check.accepts(bytes, at, at + n)).isTrue();
        at += n;
      }

      assertThat(check.isComplete()).isTrue();
    }
  }

  private static boolean isValid(byte[] bytes) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
