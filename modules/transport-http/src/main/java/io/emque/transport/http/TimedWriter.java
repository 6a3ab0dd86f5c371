package io.emque.transport.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import org.jspecify.annotations.Nullable;

/**
 * Writes to an HTTP/1.1 connection, and knows for how long its client has read nothing of it. Only
 * {@link #breakWrite} does anything about that.
 */
final class TimedWriter implements DataWriter {
  /** What counts as progress in a large answer. */
  private static final int STEP = 16 * 1024;

  private final DataWriter writer;
  private volatile long since; // System.nanoTime; 0 while nothing is being written
  private @Nullable Thread writing; // under the monitor

  TimedWriter(DataWriter writer) {
    this.writer = writer;
  }

  /** When the write began that goes on; 0 for none. */
  long since() {
    return since;
  }

  /** Ends the connection if a thread is stuck in a write to it. */
  synchronized void breakWrite() {
    if (writing != null) {
      writing.interrupt();
    }
  }

  private synchronized void enter() {
    writing = Thread.currentThread();
    since = System.nanoTime() | 1;
  }

  private synchronized void leave() {
    writing = null;
    since = 0;
  }

  @Override
  public void writeNow(BufferData buffer) {
    while (buffer.available() > 2 * STEP) {
      var step = new byte[STEP];
      buffer.read(step);
      timed(BufferData.create(step));
    }
    timed(buffer);
  }

  private void timed(BufferData buffer) {
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
