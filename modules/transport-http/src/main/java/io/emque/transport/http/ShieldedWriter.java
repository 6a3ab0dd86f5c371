package io.emque.transport.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a connection that several threads share, as HTTP/2 streams do. Interrupting a virtual
 * thread in a socket write closes the socket, and with it every other stream: here an interrupt
 * waits until the write is done, unless {@link #breakWrite} means it.
 */
final class ShieldedWriter implements DataWriter {
  private static final int HEADER = 9; // RFC 9113, section 4.1

  private final DataWriter writer;
  private final OpenStreams open;
  private final Patience patience;
  private @Nullable Thread writing; // under this object's monitor
  private boolean interrupted; // the writing thread is due one; under the monitor
  private volatile long since; // System.nanoTime of the write that goes on; 0 for none

  ShieldedWriter(DataWriter writer, OpenStreams open, Patience patience) {
    this.writer = writer;
    this.open = open;
    this.patience = patience;
  }

  /** Interrupts a thread, but not in the middle of a write. */
  synchronized void interrupt(Thread thread) {
    if (writing == thread) {
      interrupted = true;
    } else {
      thread.interrupt();
    }
  }

  /** Ends the connection if a thread is stuck in a write to it. */
  synchronized void breakWrite() {
    if (writing != null) {
      writing.interrupt();
    }
  }

  /** When the write began that goes on; 0 for none. */
  long since() {
    return since;
  }

  private synchronized void enter() {
    interrupted = Thread.interrupted();
    writing = Thread.currentThread();
    since = System.nanoTime() | 1;
  }

  private synchronized void leave() {
    writing = null;
    since = 0;
    if (interrupted) {
      interrupted = false;
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void writeNow(BufferData buffer) {
    frame(buffer);
    enter();
    try {
      writer.writeNow(buffer);
    } finally {
      leave();
    }
  }

  @Override
  public void writeNow(BufferData... buffers) {
    writeNow(BufferData.create(buffers));
  }

  /** The server writes frame by frame. */
  private void frame(BufferData buffer) {
    if (buffer.available() >= HEADER) {
      int stream =
          (buffer.get(5) & 0x7f) << 24
              | (buffer.get(6) & 0xff) << 16
              | (buffer.get(7) & 0xff) << 8
              | (buffer.get(8) & 0xff);
      open.sent(buffer.get(3), buffer.get(4), stream);
      patience.progress(stream);
    }
  }

  /** Not delayed: there is no queue behind it. */
  @Override
  public void write(BufferData buffer) {
    writeNow(buffer);
  }

  /** Not delayed: there is no queue behind it. */
  @Override
  public void write(BufferData... buffers) {
    writeNow(buffers);
  }

  @Override
  public void flush() {
    writer.flush();
  }

  @Override
  public void close() {
    writer.close();
  }
}
