package io.emque.cli.bench;

import io.emque.frames.FrameParser;
import io.emque.frames.FrameWriter;
import io.emque.frames.ProtocolFault;
import java.io.IOException;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Bare payloads in frames of a WebSocket. */
final class WebSocketSource implements Source {
  private static final long MOST_BYTES = Integer.MAX_VALUE;

  private final Wire wire;

  private WebSocketSource(Wire wire) {
    this.wire = wire;
  }

  static WebSocketSource open(Wire wire, String path) throws IOException {
    WebSockets.upgrade(wire, path);
    return new WebSocketSource(wire);
  }

  @Override
  public void readAll(Listener listener) throws IOException {
    var messages = new Messages(listener);
    var parser = FrameParser.ofClient(MOST_BYTES, messages);
    try {
      while (true) {
        if (wire.from == wire.to || parser.wanted() > wire.to - wire.from) {
          wire.fill(Math.max(1, parser.wanted()));
        }
        listener.begin(Times.micros());
        try {
          wire.from = parser.parse(wire.bytes, wire.from, wire.to);
        } finally {
          listener.end();
        }
        if (messages.pongs.size() > 0) {
          wire.write(messages.pongs.bytes(), 0, messages.pongs.size());
          messages.pongs.clear();
        }
        if (messages.closed != null) {
          throw messages.closed;
        }
      }
    } catch (ProtocolFault fault) {
      throw new IOException("the server broke the WebSocket protocol: " + fault.reason(), fault);
    }
  }

  @Override
  public void close() {
    wire.close();
  }

  /** Takes stamps from messages, of which large ones come in pieces. */
  private static final class Messages implements FrameParser.Sink {
    private final Listener listener;
    private final FrameWriter pongs = new FrameWriter(new SplittableRandom());
    private final byte[] stamp = new byte[Stamp.BYTES];
    private long length;
    private @Nullable IOException closed;

    Messages(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void data(byte[] bytes, int at, int n, boolean text, boolean last) {
      if (last && length == 0 && n >= Stamp.BYTES) {
        listener.message(Stamp.first(bytes, at), Stamp.second(bytes, at), n);
        return;
      }
      if (length < Stamp.BYTES) {
        int copied = (int) length;
        System.arraycopy(bytes, at, stamp, copied, Math.min(n, Stamp.BYTES - copied));
      }
      length += n;
      if (last) {
        listener.message(Stamp.first(stamp, 0), Stamp.second(stamp, 0), length);
        length = 0;
      }
    }

    @Override
    public void control(int opcode, byte[] bytes, int at, int n) {
      if (opcode == FrameWriter.PING) {
        pongs.add(FrameWriter.PONG, bytes, at, n);
      }
    }

    @Override
    public void close(byte[] bytes, int at, int n) {
      closed = WebSockets.closed(bytes, at, n);
    }
  }
}
