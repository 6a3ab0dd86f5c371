package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;

/**
 * Writes access-log lines on a thread of its own, several in one write, so that no request waits
 * for a terminal or a pipe. When the reader of the pipe is slower than the requests, requests wait
 * after all: no line is lost.
 */
final class AccessLogWriter implements Consumer<String>, AutoCloseable {
  private static final int QUEUED = 8_192;
  private static final String END = "\0end";

  /** For what is queued at the end; who has stopped reading does not keep the process. */
  private static final Duration FLUSH = Duration.ofMillis(200);

  private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(QUEUED);
  private final OutputStream out;
  private final Thread writer;
  private volatile boolean broken;

  AccessLogWriter(OutputStream out) {
    this.out = new BufferedOutputStream(out, 64 * 1024);
    this.writer = Thread.ofPlatform().daemon().name("emque-access-log").start(this::writeAll);
  }

  @Override
  public void accept(String line) {
    if (broken) {
      return;
    }
    try {
      lines.put(line);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeAll() {
    try {
      while (true) {
        String line = lines.poll();
        if (line == null) {
          out.flush();
          line = lines.take();
        }
        if (line.equals(END)) {
          out.flush();
          return;
        }
        out.write(line.getBytes(UTF_8));
        out.write('\n');
      }
    } catch (IOException e) {
      broken = true; // nobody reads it any more
      lines.clear();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      if (lines.offer(END, FLUSH.toMillis(), MILLISECONDS)) {
        writer.join(FLUSH);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
