package io.emque.transport.http.limits;

import java.util.Arrays;

/**
 * A message that is received in pieces. It takes memory as they come, within what is in flight. One
 * thread.
 */
public final class Assembly implements AutoCloseable {
  private static final byte[] NONE = {};
  private static final int FIRST = 8 * 1024;

  private final InFlight.Lease lease;
  private final int most;
  private byte[] bytes = NONE;
  private int length;

  /**
   * @param most bytes that there can be
   */
  public Assembly(InFlight.Lease lease, int most) {
    this.lease = lease;
    this.most = most;
  }

  /**
   * Makes room.
   *
   * @param expected how many bytes there will be in all, if that is known; believed only up to a
   *     point
   * @throws io.emque.api.BrokerException when there is no memory
   */
  public void room(int more, int expected) {
    if (length + more <= bytes.length) {
      return;
    }
    long doubled = Math.max(bytes.length * 2L, Math.min(expected, FIRST));
    int size = (int) Math.min(most, Math.max(length + (long) more, doubled));
    lease.hold(size);
    bytes = Arrays.copyOf(bytes, size);
  }

  /** Appends a piece. */
  public void add(byte[] piece, int offset, int count) {
    room(count, FIRST);
    System.arraycopy(piece, offset, bytes, length, count);
    length += count;
  }

  /** So many bytes were written behind {@link #length}. */
  public void written(int count) {
    length += count;
  }

  /** The memory itself; what lies behind {@link #length} is free. */
  public byte[] array() {
    return bytes;
  }

  /** Bytes received. */
  public int length() {
    return length;
  }

  /** The message alone. */
  public byte[] exact() {
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  /** Lets go of it. */
  @Override
  public void close() {
    bytes = NONE;
    length = 0;
    lease.close();
  }
}
