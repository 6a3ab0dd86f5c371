package io.emque.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;

/** A line that rewrites itself while standard error is a terminal; elsewhere nothing. */
final class StatusLine implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(500);
  private static final Path STDERR = Path.of("/proc/self/fd/2");

  private final PrintStream talk;
  private final Supplier<String> text;
  private final boolean terminal = stderrIsTerminal();
  private final Thread painter;

  /**
   * @param text asked for each time it is painted, on a thread of its own
   */
  StatusLine(PrintStream talk, Supplier<String> text) {
    this.talk = talk;
    this.text = text;
    this.painter = Thread.ofVirtual().name("emque-progress").unstarted(this::paint);
    if (terminal) {
      painter.start();
    }
  }

  private static boolean stderrIsTerminal() {
    try {
      String target = Files.readSymbolicLink(STDERR).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  boolean terminal() {
    return terminal;
  }

  private void paint() {
    try {
      while (true) {
        Thread.sleep(EVERY);
        talk.print("\r\u001b[K" + text.get());
        talk.flush();
      }
    } catch (InterruptedException done) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes the line away. */
  @Override
  public void close() {
    if (terminal && painter.isAlive()) {
      painter.interrupt();
      try {
        painter.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      talk.print("\r\u001b[K");
    }
  }
}
