package io.emque.transport.grpc;

import java.util.Arrays;

/**
 * Messages on their way to one call, many in one DATA frame: each with its prefix (gRPC over
 * HTTP/2, "Length-Prefixed-Message"). It is sent off when it holds {@value #LARGE} bytes, so what a
 * stalled subscriber keeps in memory is bounded whatever the size of its messages. One thread.
 */
final class MessageBlock {
  private static final int SMALL = 512;
  private static final int LARGE = 16 * 1024; // RFC 9113, section 4.2: what any client takes

  private final CallStream call;
  private byte[] buffer = new byte[SMALL];
  private int length;

  MessageBlock(CallStream call) {
    this.call = call;
  }

  /** Begins a message of so many bytes; {@link #put} follows. */
  MessageBlock begin(int bytes) {
    put(0); // not compressed
    put(bytes >>> 24);
    put(bytes >>> 16);
    put(bytes >>> 8);
    return put(bytes);
  }

  MessageBlock put(int b) {
    room();
    buffer[length++] = (byte) b;
    return this;
  }

  MessageBlock put(byte[] bytes, int offset, int count) {
    int from = offset;
    int left = count;
    while (left > 0) {
      room();
      int n = Math.min(left, buffer.length - length);
      System.arraycopy(bytes, from, buffer, length, n);
      length += n;
      from += n;
      left -= n;
    }
    return this;
  }

  /** Makes room, by growing up to the large size and by sending off what is there beyond it. */
  private void room() {
    if (length < buffer.length) {
      return;
    }
    if (buffer.length < LARGE) {
      buffer = Arrays.copyOf(buffer, LARGE);
    } else {
      flush();
    }
  }

  /** Sends off what is there; blocks while the client does not read. */
  void flush() {
    if (length > 0) {
      int bytes = length;
      length = 0;
      call.sendMessages(buffer, bytes);
    }
  }

  /** Lets go of the memory that only a busy stream needs. It must be empty. */
  void shrink() {
    if (buffer.length > SMALL) {
      buffer = new byte[SMALL];
    }
  }
}
