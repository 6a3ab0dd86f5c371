package io.emque.client.select;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.ServerAddress;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardSelectorTest {
  private final ShardSelector selector = new ShardSelector();
  private final List<ServerAddress> three =
      List.of(ServerAddress.parse("a"), ServerAddress.parse("b"), ServerAddress.parse("c"));

  @ParameterizedTest
  @CsvSource({
    "foo, 2",
    "bar, 2",
    "baz, 0",
    "test, 1",
    "a, 0",
    "b, 2",
    "c, 0",
    "ü, 1",
    "orders-1, 2"
  })
  void topicsOfTheTableLiveWhereTheyAlwaysDid(String topic, int index) {
    assertThat(selector.select(topic, three)).containsExactly(three.get(index));
  }

  @Test
  void tenThousandTopicsAgreeWithACrcComputedBitByBit() {
    var random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      String topic = topic(random);

      long expected = crc(topic.getBytes(UTF_8)) % 3;

      assertThat(selector.select(topic, three)).containsExactly(three.get((int) expected));
    }
  }

  private static String topic(Random random) {
    var topic = new StringBuilder();
    int length = 1 + random.nextInt(40);
    for (int i = 0; i < length; i++) {
      topic.appendCodePoint(
          random.nextBoolean() ? 'a' + random.nextInt(26) : 0xA1 + random.nextInt(0x2000));
    }
    return topic.toString();
  }

  /** IEEE 802.3: the reflected polynomial, one bit at a time. */
  private static long crc(byte[] bytes) {
    int crc = -1;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ 0xEDB88320 : crc >>> 1;
      }
    }
    return ~crc & 0xffffffffL;
  }
}
