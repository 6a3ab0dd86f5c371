package io.emque.transport.http;

import io.emque.engine.RecordEncoder;
import io.emque.engine.RecordFormat;
import io.emque.engine.Slice;
import java.io.ByteArrayOutputStream;
import java.util.function.Supplier;

/** Encodes records for all streams of a format: what they copy is what each would have written. */
final class OnceEncoder implements RecordEncoder {
  private final Encoder encoder;
  private final Captured captured = new Captured();
  private final Output out = new Output(captured);

  private OnceEncoder(Encoder encoder) {
    this.encoder = encoder;
  }

  static RecordFormat format(Supplier<Encoder> encoders) {
    return new RecordFormat(() -> new OnceEncoder(encoders.get()));
  }

  @Override
  public void encode(Slice slice, int i, ByteArrayOutputStream to) {
    captured.to = to;
    encoder.message(out, slice, i);
    out.flush();
  }

  private static final class Captured implements Sink {
    private ByteArrayOutputStream to = new ByteArrayOutputStream(0);

    @Override
    public void write(byte[] buffer, int count) {
      to.write(buffer, HEAD, count);
    }

    @Override
    public void end() {}
  }
}
