package io.emque.frames;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** WebSocket frames: heads written and parsed, payloads masked and unmasked; time per frame. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class FrameBenchmark {
  private static final int FRAMES = 100;

  @Param({"16", "100", "1024", "16384"})
  int bytes;

  private byte[] payload;
  private byte[] masked;
  private byte[] plain;
  private FrameWriter writer;
  private FrameParser ofServer;
  private FrameParser ofClient;
  private final Counting sink = new Counting();

  /** A hundred frames in a row, as a busy connection reads them. */
  @Setup
  public void open() {
    payload = new byte[bytes];
    writer = new FrameWriter(RandomGenerator.getDefault());
    ofServer = FrameParser.ofServer(1 << 20, sink);
    ofClient = FrameParser.ofClient(1 << 20, sink);
    for (int i = 0; i < FRAMES; i++) {
      writer.add(FrameWriter.BINARY, payload, 0, bytes);
    }
    masked = java.util.Arrays.copyOf(writer.bytes(), writer.size());
    plain = unmasked(masked);
    writer.clear();
  }

  private byte[] unmasked(byte[] frames) {
    int size = frames.length / FRAMES;
    int head = size - bytes - 4;
    var out = new byte[(head + bytes) * FRAMES];
    for (int i = 0; i < FRAMES; i++) {
      System.arraycopy(frames, i * size, out, i * (head + bytes), head);
      out[i * (head + bytes) + 1] &= 0x7f;
    }
    return out;
  }

  /** A client's frame: head, copy, mask. */
  @Benchmark
  public int write() {
    writer.clear();
    writer.add(FrameWriter.BINARY, payload, 0, bytes);
    return writer.size();
  }

  /** A server reads clients' frames; unmasking in place leaves bytes that serve the next time. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public long parseMasked() throws ProtocolFault {
    ofServer.parse(masked, 0, masked.length);
    return sink.bytes;
  }

  /** A client reads a server's frames. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public long parsePlain() throws ProtocolFault {
    ofClient.parse(plain, 0, plain.length);
    return sink.bytes;
  }

  private static final class Counting implements FrameParser.Sink {
    private long bytes;

    @Override
    public void data(byte[] array, int at, int n, boolean text, boolean last) {
      bytes += n;
    }

    @Override
    public void control(int opcode, byte[] array, int at, int n) {}

    @Override
    public void close(byte[] array, int at, int n) {}
  }
}
