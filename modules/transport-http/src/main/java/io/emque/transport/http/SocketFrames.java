package io.emque.transport.http;

import io.emque.api.Gap;
import io.emque.engine.Slice;
import io.emque.websocket.Utf8Check;
import io.emque.websocket.WebSocketSession;
import java.io.ByteArrayOutputStream;

/**
 * Messages as text frames: the payload, or its JSON envelope. Several frames go out in one write.
 */
final class SocketFrames {
  private static final int FIN_TEXT = 0x81;
  private static final int FIN_BINARY = 0x82;
  private static final int WRITE_BYTES = 16 * 1024;

  private final WebSocketSession session;
  private final boolean json;
  private final JsonEncoder encoder = new JsonEncoder();
  private final ByteArrayOutputStream frames = new ByteArrayOutputStream(256);
  private final ByteArrayOutputStream content = new ByteArrayOutputStream(256);
  private final Output contentOut =
      new Output(
          new Sink() {
            @Override
            public void write(byte[] buffer, int count) {
              content.write(buffer, HEAD, count);
            }

            @Override
            public void end() {}
          });

  SocketFrames(WebSocketSession session, Format format) {
    this.session = session;
    this.json = format == Format.JSON;
  }

  void messages(String topic, String epoch, Slice slice) {
    for (int i = 0; i < slice.count(); i++) {
      if (json) {
        encoder.message(contentOut, topic, epoch, slice, i);
        contentFrame();
      } else {
        int from = slice.payloadStart(i);
        int length = slice.payloadLength(i);
        boolean text = Utf8Check.isValid(slice.array(), from, from + length);
        header(text ? FIN_TEXT : FIN_BINARY, length);
        frames.write(slice.array(), from, length);
      }
      if (frames.size() >= WRITE_BYTES) {
        write();
      }
    }
    write();
  }

  /** Word of a gap; only JSON can carry it. */
  void gap(Gap gap) {
    if (json) {
      contentOut.putUtf8("{\"gap\":");
      JsonEncoder.gapObject(contentOut, gap);
      contentOut.put('}');
      contentFrame();
      write();
    }
  }

  private void contentFrame() {
    contentOut.flush();
    header(FIN_TEXT, content.size());
    frames.writeBytes(content.toByteArray());
    content.reset();
  }

  private void header(int first, int length) {
    frames.write(first);
    if (length < 126) {
      frames.write(length);
    } else if (length < 65536) {
      frames.write(126);
      frames.write(length >>> 8);
      frames.write(length);
    } else {
      frames.write(127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        frames.write((int) ((long) length >>> shift));
      }
    }
  }

  private void write() {
    if (frames.size() > 0) {
      byte[] bytes = frames.toByteArray();
      frames.reset();
      session.write(bytes, 0, bytes.length);
    }
  }
}
