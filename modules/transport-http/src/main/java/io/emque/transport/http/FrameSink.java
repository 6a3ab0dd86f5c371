package io.emque.transport.http;

import io.emque.websocket.WebSocketSession;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes WebSocket frames of what an {@link Output} holds, and sends many in one write. A message
 * larger than the output's buffer goes as fragments, so what a stalled subscriber keeps in memory
 * is bounded whatever the size of its messages. One thread.
 */
final class FrameSink implements Sink {
  static final int TEXT = 1;
  static final int BINARY = 2;

  private static final int CONTINUATION = 0;
  private static final int FIN = 0x80;
  private static final int MAX_HEADER = 4; // an output's buffer is less than 64 KiB
  private static final int WRITE_BYTES = 16 * 1024;
  private static final byte[] NONE = {};

  private final WebSocketSession session;
  private @Nullable Output out; // while messages are being encoded
  private byte[] frames = NONE;
  private int size;
  private int opcode;
  private boolean last;

  FrameSink(WebSocketSession session) {
    this.session = session;
  }

  /** What the next message is to be written to; {@link #endMessage} follows. */
  Output beginMessage(int newOpcode) {
    opcode = newOpcode;
    if (out == null) {
      out = new Output(this);
    }
    return out;
  }

  /** The message is complete. */
  void endMessage() {
    last = true;
    if (out == null || out.isEmpty()) {
      write(NONE, 0);
    } else {
      out.flush();
    }
    last = false;
  }

  /** Sends frames that are complete as they are. */
  void pass(byte[] complete, int offset, int count) {
    session.write(complete, offset, count);
  }

  /** Sends what is complete. */
  void flush() {
    if (size > 0) {
      int bytes = size;
      size = 0;
      session.write(frames, 0, bytes);
    }
  }

  /** Lets go of the memory that only a busy stream needs. */
  void shrink() {
    out = null;
    frames = NONE;
  }

  /** A frame of its own: the first, a further or the last one of a message. */
  @Override
  public void write(byte[] buffer, int count) {
    room(MAX_HEADER + count);
    frames[size++] = (byte) ((last ? FIN : 0) | opcode);
    opcode = CONTINUATION;
    if (count < 126) {
      frames[size++] = (byte) count;
    } else {
      frames[size++] = 126;
      frames[size++] = (byte) (count >>> 8);
      frames[size++] = (byte) count;
    }
    System.arraycopy(buffer, count == 0 ? 0 : HEAD, frames, size, count);
    size += count;
    if (size >= WRITE_BYTES) {
      flush();
    }
  }

  private void room(int bytes) {
    if (frames.length - size < bytes) {
      frames = Arrays.copyOf(frames, Math.max(size + bytes, frames.length * 2));
    }
  }

  @Override
  public void end() {
    flush();
  }
}
