package io.emque.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * How far a long run has come: a line that rewrites itself while standard error is a terminal, and
 * at the end one with the rate.
 */
final class Progress implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(500);
  private static final Path STDERR = Path.of("/proc/self/fd/2");

  private final String verb;
  private final PrintStream talk;
  private final boolean terminal;
  private final long began = System.nanoTime();
  private final LongAdder messages = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final Thread painter;

  private Progress(String verb, PrintStream talk, boolean terminal) {
    this.verb = verb;
    this.talk = talk;
    this.terminal = terminal;
    this.painter = Thread.ofVirtual().name("emque-progress").unstarted(this::paint);
    if (terminal) {
      painter.start();
    }
  }

  /**
   * @param verb what is done with each message, as {@code published}
   */
  static Progress begin(String verb, PrintStream talk) {
    return new Progress(verb, talk, stderrIsTerminal());
  }

  private static boolean stderrIsTerminal() {
    try {
      String target = Files.readSymbolicLink(STDERR).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** One more message. Any thread. */
  void add(int payloadBytes) {
    messages.increment();
    bytes.add(payloadBytes);
  }

  private void paint() {
    try {
      while (true) {
        Thread.sleep(EVERY);
        talk.print("\r\u001b[K" + line());
        talk.flush();
      }
    } catch (InterruptedException done) {
      Thread.currentThread().interrupt();
    }
  }

  private String line() {
    double seconds = (System.nanoTime() - began) / 1e9;
    return String.format(
        Locale.ROOT,
        "%s %d messages, %.1f MB, in %.1f s (%.0f/s)",
        verb,
        messages.sum(),
        bytes.sum() / 1e6,
        seconds,
        messages.sum() / Math.max(seconds, 1e-9));
  }

  /**
   * All went well.
   *
   * @param always say so though standard error is no terminal
   */
  void done(boolean always) {
    close();
    if (terminal || always) {
      talk.println(line());
    }
  }

  /** Stops painting. */
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
