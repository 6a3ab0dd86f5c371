package io.emque.transport.http;

import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.engine.Slice;
import io.emque.frames.Utf8Check;

/** Writes records of a log as WebSocket messages. One instance a connection; one thread. */
interface SocketEncoder {
  /** What comes before the first message. */
  default void begin(FrameSink frames, String topic, Cursor next) {}

  /** All records of a slice. */
  void messages(FrameSink frames, Slice slice);

  /** Word of a gap, where the format can carry it. */
  default void gap(FrameSink frames, Gap gap) {}

  /** The broker stops, where the format can say more than the close that follows. */
  default void moved(FrameSink frames, Moved moved) {}

  /** A sign of life beside the ping. */
  default void heartbeat(FrameSink frames, String topic, Cursor next) {}

  /** The payload in a binary frame: the log's own bytes, in one write, for every subscriber. */
  final class Raw implements SocketEncoder {
    @Override
    public void messages(FrameSink frames, Slice slice) {
      frames.pass(slice.array(), slice.from(), slice.to() - slice.from());
    }
  }

  /** The payload in a text frame; one that is not UTF-8 in a binary frame. */
  final class Text implements SocketEncoder {
    @Override
    public void messages(FrameSink frames, Slice slice) {
      for (int i = 0; i < slice.count(); i++) {
        int from = slice.payloadStart(i);
        int length = slice.payloadLength(i);
        boolean text = Utf8Check.isValid(slice.array(), from, from + length);
        frames
            .beginMessage(text ? FrameSink.TEXT : FrameSink.BINARY)
            .put(slice.array(), from, length);
        frames.endMessage();
      }
    }
  }

  /** The JSON envelope in a text frame. */
  final class Json implements SocketEncoder {
    private final JsonEncoder encoder = new JsonEncoder();

    @Override
    public void messages(FrameSink frames, Slice slice) {
      for (int i = 0; i < slice.count(); i++) {
        encoder.object(frames.beginMessage(FrameSink.TEXT), slice, i);
        frames.endMessage();
      }
    }

    @Override
    public void gap(FrameSink frames, Gap gap) {
      Output out = frames.beginMessage(FrameSink.TEXT).putUtf8("{\"gap\":");
      JsonEncoder.gapObject(out, gap);
      out.put('}');
      frames.endMessage();
    }
  }
}
