package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumberedPrefixTest {
  private final NumberedPrefix prefix = new NumberedPrefix();

  @Test
  void countsAndJumpsAsDecimalNumbersDo() {
    prefix.text("id: ".getBytes(US_ASCII));
    long[] starts = {0, 9, 98, 5, 999_999_999_998L, 7, Long.MAX_VALUE - 12};

    for (long start : starts) {
      for (long number = start; number < start + 12; number++) {
        assertThat(written(number)).isEqualTo("id: " + number);
      }
    }
  }

  @Test
  void anotherTextBeginsAnew() {
    prefix.text("a9".getBytes(US_ASCII));
    assertThat(written(99)).isEqualTo("a999");

    prefix.text("".getBytes(US_ASCII));

    assertThat(written(100)).isEqualTo("100");
    assertThat(written(100)).isEqualTo("100");
  }

  private String written(long number) {
    return JsonText.object(out -> prefix.put(out, number));
  }
}
