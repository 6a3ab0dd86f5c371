package io.emque.frames;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.testkit.fuzz.Choices;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Any bytes, cut anywhere, come to what {@link PlainFrames} reads of them in one piece. */
class FrameFuzzTest {
  private static final int MAX = 1_000;
  private static final long MOST = Long.MAX_VALUE;

  /** Three decisions, and then what a client or a server sends. */
  private static List<byte[]> streams() {
    return List.of(
        stream("007f00", "828412345678a1a2a3a4", "8980aabbccdd", "8882010203040000"),
        stream(
            "000100",
            "0183000000006fc3bc",
            "8a8000000000",
            "808300000000e282ac",
            "888200000000ebe8"),
        stream("000000", "02810102030405", "80ff0000000000010000" + "00000000", "61"),
        stream("000300", "82fe007e00000000" + "7f".repeat(126)),
        stream("000200", "82ff000000000000ffff00000000"),
        stream("010500", "820568656c6c6f", "0103e282ac", "80026869", "8800"),
        stream("010900", "827e0080" + "00".repeat(128), "8a0161", "880403e96279"),
        stream("020700", "c201ff", "88fe01000000000000", "8880010203048280010203ff"));
  }

  private static byte[] stream(String... hex) {
    return HexFormat.of().parseHex(String.join("", hex));
  }

  @Fuzz(seeds = "streams", runs = 8_000)
  void frames(byte[] input) {
    assertThat(parsed(input)).isEqualTo(read(input, false));
  }

  /** Frames whose heads are whole, of lengths at every limit. */
  @Fuzz(runs = 4_000)
  void heads(byte[] input) {
    var choices = new Choices(input);
    int how = choices.octet();
    var stream = new ByteArrayOutputStream();
    stream.writeBytes(new byte[] {(byte) how, (byte) choices.octet(), (byte) choices.octet()});
    while (!choices.isOver()) {
      stream.write(choices.pick(0x02, 0x00, 0x01, 0x80, 0x82, 0x81, 0x89, 0x88));
      long length = choices.pick(1L, 0L, 2L, 125L, 126L, 999L, 1_000L, 65_535L, 65_536L, MOST, ~0L);
      int form = length < 0 || length > 65_535 ? 127 : length > 125 ? 126 : (int) length;
      boolean masked = (how & 1) == 0;
      stream.write(form | (masked ? 0x80 : 0));
      for (int shift = form == 127 ? 56 : form == 126 ? 8 : -1; shift >= 0; shift -= 8) {
        stream.write((int) (length >>> shift));
      }
      stream.writeBytes(new byte[masked ? 4 : 0]);
      stream.writeBytes(new byte[length < 0 ? 3 : (int) Math.min(length, 1_000)]);
    }
    frames(stream.toByteArray());
  }

  @Test
  void lengthInALongerFormThanNeededWouldBeFound() {
    FuzzLoop.Target planted = input -> assertThat(parsed(input)).isEqualTo(read(input, true));

    assertThat(FuzzLoop.finds(planted, streams(), 20_000)).isTrue();
  }

  private static List<String> read(byte[] input, boolean planted) {
    var choices = new Choices(input);
    int how = choices.octet();
    choices.octet();
    choices.octet();
    return new PlainFrames((how & 1) == 0, (how & 2) != 0, MAX, planted).read(choices.rest());
  }

  private static List<String> parsed(byte[] input) {
    var choices = new Choices(input);
    int how = choices.octet();
    int step = 1 + choices.octet();
    int seed = choices.octet();
    var events = new Events();
    var parser =
        (how & 1) == 0 ? FrameParser.ofServer(MAX, events) : FrameParser.ofClient(MAX, events);
    if ((how & 2) != 0) {
      parser.discard();
    }
    feed(parser, choices.rest(), step, new Random(seed), events);
    if (parser.closeReceived()) {
      events.seen.add("close received");
    }
    return events.seen;
  }

  /** In pieces of up to {@code step} bytes, what is left over before the next one. */
  private static void feed(
      FrameParser parser, byte[] stream, int step, Random random, Events events) {
    byte[] left = {};
    for (int at = 0; at < stream.length && !events.closed; ) {
      int n = Math.min(stream.length - at, 1 + random.nextInt(step));
      byte[] piece = Arrays.copyOf(left, left.length + n);
      System.arraycopy(stream, at, piece, left.length, n);
      at += n;
      try {
        int used = parser.parse(piece, 0, piece.length);
        left = Arrays.copyOfRange(piece, used, piece.length);
        assertThat(parser.wanted() == 0 || parser.wanted() > left.length).isTrue();
      } catch (ProtocolFault fault) {
        assertThat(fault.reason()).isNotBlank().matches("[ -~]+");
        events.seen.add("fault " + fault.code());
        return;
      }
    }
  }

  /** Closing codes and reasons read back as they were written, whatever the text. */
  @Fuzz(seeds = "streams")
  void closePayload(byte[] input) {
    var choices = new Choices(input);
    int code = choices.below(65_536);
    String reason = new String(choices.rest(), UTF_8);

    byte[] payload = CloseCodes.payload(code, reason);

    assertThat(payload).hasSizeLessThanOrEqualTo(125);
    assertThat(CloseCodes.code(payload, 0, payload.length)).isEqualTo(code);
    String back = CloseCodes.reason(payload, 0, payload.length);
    assertThat(reason).startsWith(back);
    assertThat(new Utf8Check().accepts(payload, 2, payload.length)).isTrue();
  }

  /** What the client's writer makes is what the server's parser reads. */
  @Fuzz(seeds = "streams", maxBytes = 2_000)
  void written(byte[] input) throws Exception {
    var choices = new Choices(input);
    var writer = new FrameWriter(new Random(choices.octet()));
    var expected = new ArrayList<String>();
    while (!choices.isOver()) {
      byte[] payload = choices.bytes(900);
      expected.add("binary " + HexFormat.of().formatHex(payload));
      writer.add(FrameWriter.BINARY, payload, 0, payload.length);
    }
    var events = new Events();

    int used =
        FrameParser.ofServer(MAX, events)
            .parse(Arrays.copyOf(writer.bytes(), writer.size()), 0, writer.size());

    assertThat(used).isEqualTo(writer.size());
    assertThat(events.seen).isEqualTo(expected);
  }

  private static final class Events implements FrameParser.Sink {
    private final List<String> seen = new ArrayList<>();
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    private boolean closed;

    @Override
    public void data(byte[] bytes, int at, int n, boolean text, boolean last) {
      message.write(bytes, at, n);
      if (last) {
        seen.add((text ? "text " : "binary ") + HexFormat.of().formatHex(message.toByteArray()));
        message.reset();
      }
    }

    @Override
    public void control(int opcode, byte[] bytes, int at, int n) {
      seen.add("control " + opcode + " " + HexFormat.of().formatHex(bytes, at, at + n));
    }

    @Override
    public void close(byte[] bytes, int at, int n) {
      seen.add("close " + HexFormat.of().formatHex(bytes, at, at + n));
      closed = true;
    }
  }
}
