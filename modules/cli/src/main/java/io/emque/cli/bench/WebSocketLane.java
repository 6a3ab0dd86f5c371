package io.emque.cli.bench;

import io.emque.frames.FrameParser;
import io.emque.frames.FrameWriter;
import io.emque.frames.ProtocolFault;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket without sub-protocol, bound to a topic. Servers give no answers there; where nobody
 * listens, a ping behind the messages asks for one: the server gets to it when it has read them.
 */
final class WebSocketLane implements Lane {
  private static final int WRITE_BYTES = 32 * 1024;
  private static final long MOST_BYTES = 1 << 20; // nothing is expected

  private final Wire wire;
  private final Payload payload;
  private final Answers answers;
  private final boolean asks;
  private final FrameWriter frames = new FrameWriter(new SplittableRandom());
  private final ReentrantLock writing = new ReentrantLock(); // of the wire: pongs come in between
  private long sent; // the publisher's
  private long pinged; // of those, asked about

  WebSocketLane(Wire wire, Plan.Channel channel, Payload payload, Answers answers)
      throws IOException {
    String topic = URLEncoder.encode(channel.topic(), StandardCharsets.UTF_8);
    WebSockets.upgrade(wire, "/pub?topic=" + topic);
    this.asks = channel.seats() == 0;
    this.wire = wire;
    this.payload = payload;
    this.answers = answers;
  }

  @Override
  public void send(Plan.Stream stream, long place, long dueMicros) throws IOException {
    int start = frames.begin(FrameWriter.BINARY, payload.length());
    payload.write(frames.bytes(), start, stream, place, dueMicros);
    frames.mask(start, payload.length());
    if (asks && place != Stamp.PROBE) {
      answers.sent(dueMicros);
      sent++;
    }
    if (frames.size() >= WRITE_BYTES) {
      flush();
    }
  }

  @Override
  public void flush() throws IOException {
    if (sent > pinged) {
      byte[] upTo = new byte[Long.BYTES];
      for (int i = 0; i < Long.BYTES; i++) {
        upTo[i] = (byte) (sent >>> (8 * i));
      }
      frames.add(FrameWriter.PING, upTo, 0, upTo.length);
      pinged = sent;
    }
    if (frames.size() > 0) {
      try {
        write(frames);
      } finally {
        frames.clear();
      }
    }
  }

  private void write(FrameWriter some) throws IOException {
    writing.lock();
    try {
      wire.write(some.bytes(), 0, some.size());
    } finally {
      writing.unlock();
    }
  }

  @Override
  public Answers answers() {
    return answers;
  }

  @Override
  public void watch() throws IOException {
    var pongs = new Pongs();
    var parser = FrameParser.ofClient(MOST_BYTES, pongs);
    try {
      while (true) {
        if (wire.from == wire.to || parser.wanted() > wire.to - wire.from) {
          wire.fill(Math.max(1, parser.wanted()));
        }
        wire.from = parser.parse(wire.bytes, wire.from, wire.to);
        if (pongs.replies.size() > 0) {
          write(pongs.replies);
          pongs.replies.clear();
        }
        if (pongs.closed != null) {
          throw pongs.closed;
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

  private final class Pongs implements FrameParser.Sink {
    private final FrameWriter replies = new FrameWriter(new SplittableRandom());
    private long answered;
    private @Nullable IOException closed;

    @Override
    public void data(byte[] bytes, int at, int n, boolean text, boolean last) {
      // no server says anything to a publisher
    }

    @Override
    public void control(int opcode, byte[] bytes, int at, int n) {
      if (opcode == FrameWriter.PING) {
        replies.add(FrameWriter.PONG, bytes, at, n);
      } else if (n == Long.BYTES) {
        long upTo = 0;
        for (int i = 0; i < Long.BYTES; i++) {
          upTo |= (bytes[at + i] & 0xffL) << (8 * i);
        }
        if (upTo > answered) {
          answers.answered(upTo - answered, Times.micros());
          answered = upTo;
        }
      }
    }

    @Override
    public void close(byte[] bytes, int at, int n) {
      closed = WebSockets.closed(bytes, at, n);
    }
  }
}
