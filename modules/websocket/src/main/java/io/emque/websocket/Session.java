package io.emque.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.frames.CloseCodes;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.SocketContext;
import io.helidon.webserver.ConnectionContext;
import io.helidon.websocket.WsSession;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The writing side of a connection: any thread, one lock, one socket write per call. */
final class Session implements WebSocketSession {
  /*
   * open     false once a close frame was sent or received, or the connection was aborted.
   * broken   once the connection was aborted or a write failed: what a thread meets afterwards is no fault of its own.
   * writing  the thread inside a socket write, under the lock; abort() interrupts it, which closes the socket under a
   *          virtual thread (or any, where it is a channel) and so frees a write that the peer has stalled. A platform
   *          thread is freed by the reader, which is virtual. The gate keeps the interrupt inside the write: it must
   *          not hit what the thread does next.
   */
  private static final int FIN = 0x80;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int MAX_CONTROL = 125;

  private final ConnectionContext context;
  private final DataWriter writer;
  private final Duration closeTimeout;
  private final @Nullable String subProtocol;
  private final ReentrantLock lock = new ReentrantLock();
  private final Object gate = new Object();
  private @Nullable Thread writing; // under the gate
  private volatile @Nullable Thread reading;
  private volatile boolean open = true;
  private volatile boolean broken;
  private boolean aborted; // under the gate
  private boolean fragmented; // under the lock: a message sent with last=false goes on

  Session(ConnectionContext context, Duration closeTimeout, @Nullable String subProtocol) {
    this.context = context;
    this.writer = context.dataWriter();
    this.closeTimeout = closeTimeout;
    this.subProtocol = subProtocol;
  }

  @Override
  public boolean write(byte[] frames, int offset, int length) {
    lock.lock();
    try {
      return open && writeLocked(frames, offset, length);
    } finally {
      lock.unlock();
    }
  }

  private boolean writeLocked(byte[] bytes, int offset, int length) {
    synchronized (gate) {
      if (aborted) {
        return false;
      }
      writing = Thread.currentThread();
    }
    try {
      writer.writeNow(BufferData.createReadOnly(bytes, offset, length));
      return true;
    } catch (RuntimeException e) {
      broken = true;
      open = false;
      throw e;
    } finally {
      synchronized (gate) {
        writing = null;
        if (aborted && Thread.currentThread() != reading) {
          Thread.interrupted(); // ours
        }
      }
    }
  }

  @Override
  public WsSession send(String text, boolean last) {
    return message(TEXT, text.getBytes(UTF_8), last);
  }

  @Override
  public WsSession send(BufferData bufferData, boolean last) {
    return message(BINARY, bufferData.readBytes(), last);
  }

  private WsSession message(int opcode, byte[] payload, boolean last) {
    lock.lock();
    try {
      int first = (last ? FIN : 0) | (fragmented ? 0 : opcode);
      if (sendLocked(first, payload)) {
        fragmented = !last;
      }
    } finally {
      lock.unlock();
    }
    return this;
  }

  @Override
  public WsSession ping(BufferData bufferData) {
    return control(PING, bufferData.readBytes());
  }

  @Override
  public WsSession pong(BufferData bufferData) {
    return control(PONG, bufferData.readBytes());
  }

  private WsSession control(int opcode, byte[] payload) {
    if (payload.length > MAX_CONTROL) {
      throw new IllegalArgumentException(
          "a control frame carries at most 125 bytes, got " + payload.length);
    }
    lock.lock();
    try {
      sendLocked(FIN | opcode, payload);
    } finally {
      lock.unlock();
    }
    return this;
  }

  private boolean sendLocked(int first, byte[] payload) {
    if (!open) {
      return false;
    }
    byte[] frame = frame(first, payload);
    return writeLocked(frame, 0, frame.length);
  }

  static byte[] frame(int first, byte[] payload) {
    int length = payload.length;
    int header = length < 126 ? 2 : length < 65536 ? 4 : 10;
    var frame = new byte[header + length];
    frame[0] = (byte) first;
    if (length < 126) {
      frame[1] = (byte) length;
    } else if (length < 65536) {
      frame[1] = 126;
      frame[2] = (byte) (length >>> 8);
      frame[3] = (byte) length;
    } else {
      frame[1] = 127;
      for (int i = 0; i < 8; i++) {
        frame[2 + i] = (byte) ((long) length >>> (56 - 8 * i));
      }
    }
    System.arraycopy(payload, 0, frame, header, length);
    return frame;
  }

  /**
   * Sends the close frame and returns; the connection ends when the peer has answered, or soon
   * without.
   */
  @Override
  public WsSession close(int code, String reason) {
    if (sendClose(CloseCodes.payload(code, reason))) {
      abortUnlessClosed();
    }
    return this;
  }

  /**
   * Sends a close frame unless one was sent before.
   *
   * @return whether the peer is now expected to end the connection; false when it is aborted or
   *     closing already
   */
  boolean sendClose(byte[] payload) {
    boolean locked;
    try {
      locked = lock.tryLock(closeTimeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      locked = false;
    }
    if (!locked) { // a writer is stuck: no frame of ours could follow its half
      abort();
      return false;
    }
    try {
      if (!open) {
        return false;
      }
      byte[] frame = frame(FIN | CLOSE, payload);
      boolean written = writeLocked(frame, 0, frame.length);
      open = false;
      return written;
    } catch (UncheckedIOException e) {
      open = false;
      abort();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Leaves the peer the time to answer a close. */
  void abortUnlessClosed() {
    Thread.ofVirtual()
        .name("emque-close")
        .start(
            () -> {
              Thread reader = reading;
              try {
                if (reader != null && !reader.join(closeTimeout)) {
                  abort();
                }
              } catch (InterruptedException e) {
                abort();
              }
            });
  }

  @Override
  public WsSession terminate() {
    abort();
    return this;
  }

  @Override
  public void abort() {
    broken = true;
    open = false;
    synchronized (gate) {
      aborted = true;
      if (writing != null) {
        writing.interrupt();
      }
      if (reading != null) {
        reading.interrupt();
      }
    }
  }

  /** The connection's thread, while it reads; null once it has ended. */
  void reading(@Nullable Thread thread) {
    synchronized (gate) {
      reading = thread;
      if (thread == null) {
        open = false;
      } else if (aborted) {
        thread.interrupt();
      }
    }
  }

  /** Whether the connection was aborted, or a write on it failed. */
  boolean isBroken() {
    return broken;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public Optional<String> subProtocol() {
    return Optional.ofNullable(subProtocol);
  }

  @Override
  public SocketContext socketContext() {
    return context;
  }
}
