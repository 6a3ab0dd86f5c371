package io.emque.cli.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The first {@value #BYTES} bytes of each message: which run it is of, which stream, its place
 * among the stream's messages, and when it was due. Printable characters without quotes or line
 * ends, so that every format carries them as they are: each holds six bits, counted from {@code 0}.
 */
final class Stamp {
  /** Length; the rest of a payload is of no meaning. */
  static final int BYTES = 16;

  /** Numbers of streams. */
  static final int STREAMS = 1 << 16;

  /** The place of a message that belongs to no run yet: it only shows that somebody listens. */
  static final long PROBE = (1L << 36) - 1;

  /** Numbers of runs. */
  static final int RUNS = 1 << 12;

  /*
   * Two words of 48 bits: place << 12 | run, and due << 16 | stream.
   * Due is microseconds modulo 2^32, that is 71 minutes: far longer than any message takes.
   */
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ZEROS = 0x3030303030303030L;

  private Stamp() {}

  static void write(byte[] bytes, int at, int run, int stream, long place, long dueMicros) {
    LONGS.set(bytes, at, spread(place << 12 | run));
    LONGS.set(bytes, at + 8, spread((dueMicros & 0xffffffffL) << 16 | stream));
  }

  /** Place and run, as {@link #place} and {@link #run} take them apart. */
  static long first(byte[] bytes, int at) {
    return gather((long) LONGS.get(bytes, at));
  }

  /** Time and stream, as {@link #ageMicros} and {@link #stream} take them apart. */
  static long second(byte[] bytes, int at) {
    return gather((long) LONGS.get(bytes, at + 8));
  }

  static int run(long first) {
    return (int) first & RUNS - 1;
  }

  static long place(long first) {
    return first >>> 12;
  }

  static int stream(long second) {
    return (int) second & STREAMS - 1;
  }

  /** How long before {@code nowMicros} it was due; negative when that is still to come. */
  static int ageMicros(long second, long nowMicros) {
    return (int) nowMicros - (int) (second >>> 16);
  }

  /** Six bits into each byte. */
  private static long spread(long bits) {
    long x = (bits & 0x0000000000ffffffL) | (bits & 0x0000ffffff000000L) << 8;
    x = (x & 0x00000fff00000fffL) | (x & 0x00fff00000fff000L) << 4;
    x = (x & 0x003f003f003f003fL) | (x & 0x0fc00fc00fc00fc0L) << 2;
    return x + ZEROS;
  }

  /** Six bits out of each byte. */
  private static long gather(long characters) {
    long x = characters - ZEROS;
    x = (x & 0x003f003f003f003fL) | (x & 0x3f003f003f003f00L) >>> 2;
    x = (x & 0x00000fff00000fffL) | (x & 0x0fff00000fff0000L) >>> 4;
    return (x & 0x0000000000ffffffL) | (x & 0x00ffffff00000000L) >>> 8;
  }
}
