package io.emque.frames;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameParserTest {
  private static final int MAX = 1 << 20;

  private final Recorder recorder = new Recorder();
  private final FrameParser parser = FrameParser.ofServer(MAX, recorder);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 125, 126, 127, 65_535, 65_536, 200_000})
  void binaryMessageIsUnmasked(int size) throws Exception {
    byte[] payload = random(size);

    feed(frame(0x82, 0x12345678, payload), Integer.MAX_VALUE);

    assertThat(recorder.messages).containsExactly(payload);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 64, 1000})
  void messagesSurviveAnyCutOfTheBytes(int step) throws Exception {
    var all = new ByteArrayOutputStream();
    all.writeBytes(frame(0x82, 0xCAFEBABE, random(300)));
    all.writeBytes(frame(0x01, 0x01020304, "héll".getBytes(UTF_8)));
    all.writeBytes(frame(0x89, 0x0F0F0F0F, new byte[] {1, 2}));
    all.writeBytes(frame(0x80, 0x7FFFFFFF, "ö wörld €".getBytes(UTF_8)));
    all.writeBytes(frame(0x82, 0, random(70_000)));

    feed(all.toByteArray(), step);

    assertThat(recorder.messages)
        .containsExactly(random(300), "héllö wörld €".getBytes(UTF_8), random(70_000));
    assertThat(recorder.controls).containsExactly("9:2");
  }

  @Test
  void smallBinaryMessageComesWholeEvenWhenItsBytesDoNot() throws Exception {
    feed(frame(0x82, 5, random(60_000)), 1_000);

    assertThat(recorder.pieces).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "C2 80, reserved bits",
    "83 80, opcode 3 is reserved",
    "8B 80, opcode 11 is reserved",
    "82 00, must be masked",
    "80 80, a continuation without a message",
    "09 80, must not be fragmented",
    "89 FE 00 7E, at most 125 bytes",
    "82 FE 00 7D, shortest form",
    "82 FF 00 00 00 00 00 00 FF FF, shortest form",
    "82 FF 80 00 00 00 00 00 00 00, too large",
    "88 81, a close code has two bytes"
  })
  void brokenFramesAreProtocolErrors(String hex, String reason) {
    assertFault(hex, 1002, reason);
  }

  @Test
  void messageInsideAnotherIsAProtocolError() {
    assertFault("02 80 00 00 00 00 82 80", 1002, "inside another");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"C0", "ED A0", "F4 90", "80", "FF", "E2 82 41", "E0 9F", "F0 8F", "F5", "C1"})
  void invalidUtf8IsFoundAtItsFirstByte(String hex) {
    byte[] text = bytes(hex);
    byte[] frame = frame(0x81, 0, Arrays.copyOf(text, text.length + 20));
    byte[] asFarAsWrong = Arrays.copyOf(frame, frame.length - 20);

    assertThatThrownBy(() -> feed(asFarAsWrong, 1))
        .isInstanceOfSatisfying(
            ProtocolFault.class, fault -> assertThat(fault.code()).isEqualTo(1007));
  }

  @Test
  void textThatEndsInsideACharacterIsRefused() {
    assertThatThrownBy(() -> feed(frame(0x81, 0, bytes("E2 82")), 100))
        .isInstanceOfSatisfying(
            ProtocolFault.class, fault -> assertThat(fault.code()).isEqualTo(1007));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535})
  void closeCodesThatMustNotBeSentAreRefused(int code) {
    byte[] payload = {(byte) (code >>> 8), (byte) code};

    assertThatThrownBy(() -> feed(frame(0x88, 0, payload), 100)).isInstanceOf(ProtocolFault.class);
    assertThat(parser.closeReceived()).isTrue();
  }

  @Test
  void closeIsHandedOverAndNothingAfterIt() throws Exception {
    var all = new ByteArrayOutputStream();
    all.writeBytes(frame(0x88, 9, new byte[] {3, (byte) 0xE8, 'b', 'y', 'e'}));
    all.writeBytes(frame(0x82, 9, random(3)));

    feed(all.toByteArray(), 1_000);

    assertThat(recorder.closed).isEqualTo("1000 bye");
    assertThat(recorder.messages).isEmpty();
  }

  @Test
  void messageOverTheLimitIsRefusedByItsHeaderAlone() {
    byte[] header = Arrays.copyOf(frame(0x82, 1, new byte[MAX + 1]), 14);

    assertThatThrownBy(() -> feed(header, 100))
        .isInstanceOfSatisfying(
            ProtocolFault.class,
            fault -> {
              assertThat(fault.code()).isEqualTo(1009);
              assertThat(fault.reason()).startsWith("MESSAGE_TOO_LARGE");
            });
  }

  @Test
  void fragmentsTogetherOverTheLimitAreRefused() throws Exception {
    feed(frame(0x02, 1, new byte[MAX]), MAX);

    assertThatThrownBy(() -> feed(frame(0x80, 1, new byte[1]), 100))
        .isInstanceOfSatisfying(
            ProtocolFault.class, fault -> assertThat(fault.code()).isEqualTo(1009));
  }

  private void assertFault(String hex, int code, String reason) {
    byte[] start = bytes(hex);
    byte[] padded = Arrays.copyOf(start, start.length + 20);

    assertThatThrownBy(() -> feed(padded, 100))
        .isInstanceOfSatisfying(
            ProtocolFault.class,
            fault -> {
              assertThat(fault.code()).isEqualTo(code);
              assertThat(fault.reason()).contains(reason);
            });
  }

  /**
   * Feeds as a connection does: at most {@code step} bytes at a time, what is left over again with
   * more.
   */
  private void feed(byte[] bytes, int step) throws ProtocolFault {
    byte[] buffer = {};
    for (int at = 0; at < bytes.length; ) {
      int n = Math.min(step, bytes.length - at);
      int rest = buffer.length;
      buffer = Arrays.copyOf(buffer, rest + n);
      System.arraycopy(bytes, at, buffer, rest, n);
      at += n;
      int used = parser.parse(buffer, 0, buffer.length);
      buffer = Arrays.copyOfRange(buffer, used, buffer.length);
    }
  }

  private static byte[] frame(int first, int mask, byte[] payload) {
    var out = new ByteArrayOutputStream();
    out.write(first);
    if (payload.length < 126) {
      out.write(0x80 | payload.length);
    } else if (payload.length < 65_536) {
      out.write(0x80 | 126);
      out.write(payload.length >>> 8);
      out.write(payload.length);
    } else {
      out.write(0x80 | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.write((int) ((long) payload.length >>> shift));
      }
    }
    for (int i = 0; i < 4; i++) {
      out.write(mask >>> (8 * i));
    }
    for (int i = 0; i < payload.length; i++) {
      out.write(payload[i] ^ mask >>> (8 * (i & 3)));
    }
    return out.toByteArray();
  }

  private static byte[] random(int size) {
    var bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static byte[] bytes(String hex) {
    String[] parts = hex.split(" ");
    var bytes = new byte[parts.length];
    for (int i = 0; i < parts.length; i++) {
      bytes[i] = (byte) Integer.parseInt(parts[i], 16);
    }
    return bytes;
  }

  private static final class Recorder implements FrameParser.Sink {
    private final List<byte[]> messages = new ArrayList<>();
    private final List<String> controls = new ArrayList<>();
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    private int pieces;
    private String closed;

    @Override
    public void data(byte[] bytes, int at, int n, boolean text, boolean last) {
      pieces++;
      message.write(bytes, at, n);
      if (last) {
        messages.add(message.toByteArray());
        message.reset();
      }
    }

    @Override
    public void control(int opcode, byte[] bytes, int at, int n) {
      controls.add(opcode + ":" + n);
    }

    @Override
    public void close(byte[] bytes, int at, int n) {
      int code = (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
      closed = code + " " + new String(bytes, at + 2, n - 2, UTF_8);
    }
  }
}
