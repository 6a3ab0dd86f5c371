package io.emque.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TextDecoderTest {
  @Test
  void piecesMakeTheSameTextWhereverTheyAreCut() {
    String text = "plain, long enough for words of eight bytes; é € 😀 \u0800 \uFFFD".repeat(4);
    byte[] bytes = text.getBytes(UTF_8);
    var random = new Random(7);

    for (int round = 0; round < 200; round++) {
      var decoder = new TextDecoder();
      var decoded = new StringBuilder();
      for (int at = 0; at < bytes.length; ) {
        int n = Math.min(random.nextInt(12), bytes.length - at);
        decoded.append(decoder.decode(bytes, at, n));
        at += n;
      }

      assertThat(decoded.toString()).isEqualTo(text);
    }
  }
}
