package io.emque.frames;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Gathers a client's frames (RFC 6455, section 5), to be written together. A mask of its own for
 * each, drawn from a generator: what masks guard against are intermediaries that a script in a
 * browser might fool, and no such script runs here. One thread.
 */
public final class FrameWriter {
  /** The opcode of a text message. */
  public static final int TEXT = 1;

  /** The opcode of a binary message. */
  public static final int BINARY = 2;

  /** The opcode of a close frame. */
  public static final int CLOSE = 8;

  /** The opcode of a ping. */
  public static final int PING = 9;

  /** The opcode of a pong. */
  public static final int PONG = 10;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int FIN = 0x80;
  private static final int MASKED = 0x80;

  private final RandomGenerator masks;
  private byte[] bytes = new byte[1024];
  private int size;

  /** A writer without frames. */
  public FrameWriter(RandomGenerator masks) {
    this.masks = masks;
  }

  /**
   * Adds a whole message as one frame.
   *
   * @return where its {@code length} bytes of payload go in {@link #bytes}: put them there, and
   *     then {@link #mask} them
   */
  public int begin(int opcode, int length) {
    room(FrameParser.MAX_HEADER + length);
    bytes[size++] = (byte) (FIN | opcode);
    if (length < 126) {
      bytes[size++] = (byte) (MASKED | length);
    } else if (length < 65_536) {
      bytes[size++] = (byte) (MASKED | 126);
      bytes[size++] = (byte) (length >>> 8);
      bytes[size++] = (byte) length;
    } else {
      bytes[size++] = (byte) (MASKED | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        bytes[size++] = (byte) ((long) length >>> shift);
      }
    }
    size += 4;
    int start = size;
    size += length;
    return start;
  }

  /** Masks the {@code length} bytes at {@code start}, which {@link #begin} gave. */
  public void mask(int start, int length) {
    int mask = masks.nextInt();
    for (int i = 0; i < 4; i++) {
      bytes[start - 4 + i] = (byte) (mask >>> (8 * i));
    }
    long wide = (mask & 0xffffffffL) | (long) mask << 32;
    int i = start;
    int end = start + length;
    for (; i + 8 <= end; i += 8) {
      LONGS.set(bytes, i, (long) LONGS.get(bytes, i) ^ wide);
    }
    for (int shift = 0; i < end; i++, shift += 8) {
      bytes[i] ^= (byte) (wide >>> shift);
    }
  }

  /** Adds a whole message as one frame. */
  public void add(int opcode, byte[] payload, int from, int length) {
    int start = begin(opcode, length);
    System.arraycopy(payload, from, bytes, start, length);
    mask(start, length);
  }

  /** The frames, from 0 to {@link #size}. */
  public byte[] bytes() {
    return bytes;
  }

  /** Bytes of the frames gathered. */
  public int size() {
    return size;
  }

  /** Forgets the frames, and memory that an unusually large one took. */
  public void clear() {
    size = 0;
    if (bytes.length > 256 * 1024) {
      bytes = new byte[1024];
    }
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
    }
  }
}
