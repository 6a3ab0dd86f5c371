package io.emque.store.chronicle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes of a record: what is on somebody's disk already. */
class RecordFormatTest {
  private static final long SALT = 0x0123456789abcdefL;
  private static final long POSITION = 4_096;

  private final RecordFormat format = new RecordFormat(SALT);
  private final byte[] id = "id".getBytes(UTF_8);
  private final byte[] headers = RecordFormat.encode(Map.of("k", "ü"));
  private final byte[] payload = "<gap>payload<gap>".getBytes(UTF_8);

  private byte[] record() {
    byte[] head = new byte[RecordFormat.HEAD];
    format.head(head, POSITION, 42, 1_767_225_600_123_456_789L, id, headers, payload, 5, 7);
    return ByteBuffer.allocate(head.length + id.length + headers.length + 7)
        .put(head)
        .put(id)
        .put(headers)
        .put(payload, 5, 7)
        .array();
  }

  /** By the description of the format alone. */
  private static byte[] described(int idLength, int headersLength, int payloadLength, byte[] body) {
    var bytes = ByteBuffer.allocate(40 + body.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put("EMQ1".getBytes(UTF_8)).putInt(0).putInt(crc(body));
    bytes.putLong(42).putLong(1_767_225_600_123_456_789L);
    bytes.putInt(idLength).putInt(headersLength).putInt(payloadLength).put(body);
    var sealed = ByteBuffer.allocate(16 + 32).order(ByteOrder.LITTLE_ENDIAN);
    sealed.putLong(SALT).putLong(POSITION).put(bytes.array(), 8, 32);
    return bytes.putInt(4, crc(sealed.array())).array();
  }

  private static int crc(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  @Test
  void recordIsAsDescribed() {
    var body =
        ByteBuffer.allocate(2 + 15 + 7)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put("id".getBytes(UTF_8))
            .putInt(1)
            .putInt(1)
            .put("k".getBytes(UTF_8))
            .putInt(2)
            .put("ü".getBytes(UTF_8))
            .put("payload".getBytes(UTF_8))
            .array();

    assertThat(record()).isEqualTo(described(2, 15, 7, body));
    assertThat(record()).as("the next one").isEqualTo(described(2, 15, 7, body));
  }

  @Test
  void recordIsReadAsItWasWritten() {
    byte[] record = record();

    assertThat(format.isHead(record, 0, POSITION)).isTrue();
    assertThat(format.isBody(record, 0)).isTrue();
    assertThat(RecordFormat.length(record, 0)).isEqualTo(record.length);
    assertThat(RecordFormat.offset(record, 0)).isEqualTo(42);
    assertThat(RecordFormat.timeNanos(record, 0)).isEqualTo(1_767_225_600_123_456_789L);
    assertThat(RecordFormat.idLength(record, 0)).isEqualTo(2);
    assertThat(RecordFormat.payloadLength(record, 0)).isEqualTo(7);
    assertThat(RecordFormat.decode(record, 42, RecordFormat.headersLength(record, 0)))
        .isEqualTo(Map.of("k", "ü"));
  }

  @Test
  void recordIsOneInItsOwnPlaceAlone() {
    byte[] record = record();

    assertThat(format.isHead(record, 0, POSITION + 4)).isFalse();
    assertThat(new RecordFormat(SALT + 1).isHead(record, 0, POSITION)).isFalse();
  }

  @Test
  void everyBitOfARecordCounts() {
    byte[] record = record();
    for (int bit = 0; bit < 8 * record.length; bit++) {
      byte[] damaged = record.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);

      boolean head = bit / 8 < RecordFormat.HEAD;
      assertThat(format.isHead(damaged, 0, POSITION)).as("bit " + bit).isEqualTo(!head);
      if (!head) {
        assertThat(format.isBody(damaged, 0)).as("bit " + bit).isFalse();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-1,  0,  0, true",
    " 0,  0,  0, true",
    "-2,  0,  0, false",
    "-1, -1,  0, false",
    "-1,  0, -1, false"
  })
  void lengthsAreLengthsThoughTheChecksumIsRight(int id, int headers, int payload, boolean head) {
    byte[] record = described(id, headers, payload, new byte[0]);

    assertThat(format.isHead(record, 0, POSITION)).isEqualTo(head);
  }

  @Test
  void recordMayStandAnywhereInAnArrayAndHaveNoId() {
    byte[] head = new byte[RecordFormat.HEAD];
    format.head(head, POSITION, 0, -1, null, new byte[0], payload, 0, 0);
    byte[] shifted = new byte[7 + head.length];
    System.arraycopy(head, 0, shifted, 7, head.length);

    assertThat(format.isHead(shifted, 7, POSITION)).isTrue();
    assertThat(format.isBody(shifted, 7)).isTrue();
    assertThat(RecordFormat.idLength(shifted, 7)).isEqualTo(-1);
    assertThat(RecordFormat.length(shifted, 7)).isEqualTo(RecordFormat.HEAD);
    assertThat(RecordFormat.timeNanos(shifted, 7)).isEqualTo(-1);
  }

  @Test
  void headersOfAnySizeKeepTheirOrder() {
    var headers = new LinkedHashMap<String, String>();
    for (int i = 0; i < 32; i++) {
      headers.put("name-" + (31 - i), "v".repeat(i * 37));
    }
    byte[] encoded = RecordFormat.encode(headers);
    byte[] somewhere = new byte[encoded.length + 20];
    Arrays.fill(somewhere, (byte) 0xff);
    System.arraycopy(encoded, 0, somewhere, 9, encoded.length);

    var decoded = RecordFormat.decode(somewhere, 9, encoded.length);

    assertThat(decoded).isEqualTo(headers);
    assertThat(decoded.keySet()).containsExactlyElementsOf(headers.keySet());
    assertThat(RecordFormat.encode(Map.of())).isEmpty();
    assertThat(RecordFormat.decode(somewhere, 0, 0)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 4", "3, 4", "4, 4", "5, 8"})
  void recordsBeginAtMultiplesOfFour(int length, int padded) {
    assertThat(RecordFormat.padded(length)).isEqualTo(padded);
    assertThat(RecordFormat.padded((1L << 40) + length)).isEqualTo((1L << 40) + padded);
  }
}
