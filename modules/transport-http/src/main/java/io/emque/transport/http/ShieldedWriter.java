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
  private final DataWriter writer;
  private @Nullable Thread writing; // under this object's monitor
  private boolean interrupted; // the writing thread is due one; under the monitor

  ShieldedWriter(DataWriter writer) {
    this.writer = writer;
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

  private synchronized void enter() {
    interrupted = Thread.interrupted();
    writing = Thread.currentThread();
  }

  private synchronized void leave() {
    writing = null;
    if (interrupted) {
      interrupted = false;
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void writeNow(BufferData buffer) {
    enter();
    try {
      writer.writeNow(buffer);
    } finally {
      leave();
    }
  }

  @Override
  public void writeNow(BufferData... buffers) {
    enter();
    try {
      writer.writeNow(buffers);
    } finally {
      leave();
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
