package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StampTest {
  private final byte[] bytes = new byte[Stamp.BYTES + 3];

  @Test
  void whatIsWrittenIsRead() {
    var random = new SplittableRandom(1);
    for (int i = 0; i < 1_000; i++) {
      int run = random.nextInt(Stamp.RUNS);
      int stream = random.nextInt(Stamp.STREAMS);
      long place = random.nextLong(Stamp.PROBE + 1);
      long due = random.nextLong(1L << 40);

      Stamp.write(bytes, 3, run, stream, place, due);

      long first = Stamp.first(bytes, 3);
      long second = Stamp.second(bytes, 3);
      assertThat(Stamp.run(first)).isEqualTo(run);
      assertThat(Stamp.place(first)).isEqualTo(place);
      assertThat(Stamp.stream(second)).isEqualTo(stream);
      assertThat(Stamp.ageMicros(second, due + 1_234)).isEqualTo(1_234);
      assertThat(Stamp.ageMicros(second, due - 1)).isEqualTo(-1);
    }
  }

  @Test
  void everyFormatCarriesItAsItIs() {
    var random = new SplittableRandom(2);
    for (int i = 0; i < 100; i++) {
      Stamp.write(
          bytes, 0, random.nextInt(4_096), random.nextInt(65_536), i * 7L, random.nextLong());

      for (int j = 0; j < Stamp.BYTES; j++) {
        assertThat(bytes[j]).isBetween((byte) '0', (byte) 'o');
      }
    }
  }
}
