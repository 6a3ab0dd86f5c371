package io.emque.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Ack;
import io.emque.api.Cursor;
import io.emque.api.Published;
import io.emque.wire.Envelopes;
import java.io.ByteArrayOutputStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AckEncoderTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Output out =
      new Output(
          new Sink() {
            @Override
            public void write(byte[] buffer, int count) {
              bytes.write(buffer, HEAD, count);
            }

            @Override
            public void end() {}
          });

  static Stream<Published> answers() {
    var offsets =
        LongStream.concat(
                LongStream.of(0, 1, 127, 128, 16_383, 16_384, Long.MAX_VALUE),
                LongStream.range(10, 63).map(bit -> 1L << bit))
            .boxed();
    return Stream.concat(
        offsets.flatMap(
            offset ->
                Stream.of("e", "0".repeat(32), "~" + "x".repeat(300))
                    .flatMap(
                        epoch ->
                            Stream.of(Ack.values())
                                .map(
                                    ack ->
                                        new Published(
                                            new Cursor(epoch, offset), ack, offset % 2 == 0)))),
        Stream.of(
            new Published(null, Ack.OS, false, new Published.Servers(2, 3)),
            new Published(new Cursor("unknown", -1), Ack.MEMORY, false)));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void writesWhatTheGeneratedClassesDo(Published published) {
    AckEncoder.put(published, out);
    out.flush();

    assertThat(bytes.toByteArray()).isEqualTo(Envelopes.reply(published).toByteArray());
  }
}
