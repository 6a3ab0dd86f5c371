package io.emque.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class IndexedHeadersTest {
  private static final int HEADERS = 1;
  private static final int CONTINUATION = 9;
  private static final int END_HEADERS = 4;

  private final IndexedHeaders headers = new IndexedHeaders();

  private static byte[] frame(int type, int flags, byte[]... payload) {
    var frame = new ByteArrayOutputStream();
    int length = Arrays.stream(payload).mapToInt(part -> part.length).sum();
    frame.writeBytes(
        new byte[] {
          (byte) (length >> 16), (byte) (length >> 8), (byte) length, (byte) type, (byte) flags
        });
    frame.writeBytes(new byte[] {0, 0, 0, 1});
    for (byte[] part : payload) {
      frame.writeBytes(part);
    }
    return frame.toByteArray();
  }

  private static byte[] bytes(int... values) {
    var bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /** A literal under the name {@code :authority}: how it begins, and so many bytes of a value. */
  private static byte[] literal(int first, int huffman, int length, int value) {
    var field = new byte[4 + length];
    Arrays.fill(field, (byte) value);
    field[0] = (byte) first;
    field[1] = (byte) (huffman | 0x7f);
    field[2] = (byte) ((length - 127) & 0x7f | 0x80);
    field[3] = (byte) ((length - 127) >> 7);
    return field;
  }

  private boolean fit(byte[]... payload) {
    return headers.fit(frame(HEADERS, END_HEADERS, payload));
  }

  @Test
  void headerLargerThanATableMadeSmallIsFound() {
    assertThat(fit(bytes(0x36), bytes(0x41, 4, 0, 0, 0, 1))).isFalse();
  }

  @Test
  void tableStaysSmallInLaterBlocks() {
    assertThat(fit(bytes(0x36, 0x82))).isTrue();

    assertThat(fit(bytes(0x41, 4, 0, 0, 0, 1))).isFalse();
  }

  @Test
  void headerLargerThanTheTableIsFoundWhereItIsToBeKept() {
    assertThat(fit(literal(0x41, 0, 4_000, 'x'))).isTrue();
    assertThat(fit(literal(0x01, 0, 4_100, 'x'))).isTrue();
    assertThat(fit(literal(0x11, 0, 4_100, 'x'))).isTrue();

    assertThat(fit(literal(0x41, 0, 4_100, 'x'))).isFalse();
  }

  @Test
  void encodedValueCountsByWhatItDecodesTo() {
    assertThat(fit(literal(0x41, 0x80, 2_400, 0))).isTrue(); // 3,840 times 0, of 5 bits each
    assertThat(fit(literal(0x41, 0x80, 3_900, 0xf8))).isTrue(); // as many times &, of 8 bits

    assertThat(fit(literal(0x41, 0x80, 2_600, 0))).isFalse();
  }

  @Test
  void longNameCountsWhereverItIsUsedLater() {
    byte[] name = literal(0x00, 0, 3_000, 'n');
    assertThat(fit(name, bytes(1, 'v'))).isTrue();

    assertThat(fit(literal(0x7e, 0, 1_100, 'x'))).isFalse();
  }

  @Test
  void blockInSeveralFramesIsOne() {
    byte[] field = bytes(0x36, 0x41, 4, 0, 0, 0, 1);
    assertThat(headers.fit(frame(HEADERS, 0, Arrays.copyOf(field, 3)))).isTrue();

    assertThat(headers.fit(frame(CONTINUATION, 0, Arrays.copyOfRange(field, 3, 5)))).isTrue();
    assertThat(headers.fit(frame(CONTINUATION, END_HEADERS, Arrays.copyOfRange(field, 5, 7))))
        .isFalse();
  }

  @Test
  void blockThatIsCutIsNoneThatTheServerCouldTake() {
    assertThat(fit(bytes(0x41, 4, 0))).isFalse();
    assertThat(fit(bytes(0x3f, 0x80, 0x80, 0x80, 0x80, 0))).isFalse();
  }
}
