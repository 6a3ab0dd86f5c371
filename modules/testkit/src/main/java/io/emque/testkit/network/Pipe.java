package io.emque.testkit.network;

import io.emque.testkit.network.Line.Fate;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One direction of a {@link Wire}: a thread reads, another one writes what is due. */
final class Pipe {
  private static final int PIECE = 16 * 1024;
  private static final int PIECES_UNDER_WAY = 64; // of a line with latency
  private static final byte[] END = {}; // no other piece is empty

  private final Direction direction;
  private final Socket from;
  private final Socket to;
  private final Line line;
  private final Gate gate;
  private final Wire wire;
  private final BlockingQueue<Piece> pieces;
  private volatile @Nullable Thread reading;
  private volatile @Nullable Thread writing;

  // The writing thread.
  private long passed;
  private boolean swallowing; // after a half-close

  Pipe(Direction direction, Socket from, Socket to, Line line, Gate gate, Wire wire) {
    this.direction = direction;
    this.from = from;
    this.to = to;
    this.line = line;
    this.gate = gate;
    this.wire = wire;
    this.pieces = new ArrayBlockingQueue<>(line.latency().isZero() ? 1 : PIECES_UNDER_WAY);
  }

  void start() {
    reading = Thread.ofVirtual().name("fault-pipe-in").start(this::readAll);
    writing = Thread.ofVirtual().name("fault-pipe-out").start(this::writeAll);
  }

  void stop() {
    interrupt(reading);
    interrupt(writing);
  }

  private static void interrupt(@Nullable Thread thread) {
    if (thread != null) {
      thread.interrupt();
    }
  }

  // ---- in

  private void readAll() {
    try {
      InputStream in = from.getInputStream();
      byte[] bytes = read(in);
      while (bytes.length > 0) {
        pieces.put(due(bytes));
        bytes = read(in);
      }
      pieces.put(due(END));
    } catch (IOException reset) {
      wire.reset();
    } catch (InterruptedException stopped) {
      // the wire has ended
    }
  }

  private Piece due(byte[] bytes) {
    return new Piece(bytes, System.nanoTime() + line.latency().toNanos());
  }

  private byte[] read(InputStream in) throws IOException {
    var buffer = new byte[PIECE];
    int count = in.read(buffer);
    if (count < 0) {
      return END;
    }
    return Arrays.copyOf(buffer, line.gather().isZero() ? count : gather(in, buffer, count));
  }

  private int gather(InputStream in, byte[] buffer, int first) throws IOException {
    long until = System.nanoTime() + line.gather().toNanos();
    int count = first;
    try {
      while (count < buffer.length) {
        long millis = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        if (millis <= 0) {
          break;
        }
        from.setSoTimeout((int) Math.min(millis, Integer.MAX_VALUE));
        int more = in.read(buffer, count, buffer.length - count);
        if (more < 0) {
          break; // the next read says so again
        }
        count += more;
      }
    } catch (SocketTimeoutException over) {
      // that is all there was
    } finally {
      from.setSoTimeout(0);
    }
    return count;
  }

  // ---- out

  private void writeAll() {
    try {
      OutputStream out = to.getOutputStream();
      for (Piece piece = pieces.take(); piece.bytes().length > 0; piece = pieces.take()) {
        pauseUntil(piece.dueNanos());
        write(out, piece.bytes());
      }
      gate.pass();
      if (!swallowing) {
        to.shutdownOutput();
      }
      wire.halfEnded();
    } catch (IOException reset) {
      wire.reset();
    } catch (InterruptedException stopped) {
      // the wire has ended
    }
  }

  private void write(OutputStream out, byte[] bytes) throws IOException, InterruptedException {
    int at = 0;
    while (at < bytes.length && !swallowing) {
      gate.pass();
      int count = bytes.length - at;
      if (line.segmentBytes() > 0) {
        count = Math.min(count, line.segmentBytes());
      }
      long left = untilEnd();
      if (left == 0) {
        end();
        continue;
      }
      count = (int) Math.min(count, left);
      out.write(bytes, at, count);
      out.flush();
      at += count;
      passed += count;
      if (line.bytesPerSecond() > 0) {
        Thread.sleep(Duration.ofNanos(count * 1_000_000_000L / line.bytesPerSecond()));
      }
    }
    if (untilEnd() == 0 && !swallowing) {
      end(); // not only when the next byte comes
    }
  }

  private long untilEnd() {
    Line.End end = line.end();
    return end == null || end.direction() != direction
        ? Long.MAX_VALUE
        : Math.max(0, end.byteNumber() - passed);
  }

  private void end() throws IOException, InterruptedException {
    Line.End end = line.end();
    Fate fate = end == null ? Fate.RESET : end.fate();
    switch (fate) {
      case RESET -> {
        wire.reset();
        throw new InterruptedException("reset");
      }
      case HALF_CLOSE -> {
        swallowing = true;
        to.shutdownOutput();
      }
      case STALL -> new Gate(true).pass(); // until the wire ends
    }
  }

  private static void pauseUntil(long nanos) throws InterruptedException {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      Thread.sleep(Duration.ofNanos(left));
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Piece(byte[] bytes, long dueNanos) {}
}
