package io.emque.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * How far a long run has come: a line that rewrites itself while standard error is a terminal, and
 * at the end one with the rate.
 */
final class Progress implements AutoCloseable {
  private final String verb;
  private final PrintStream talk;
  private final long began = System.nanoTime();
  private final LongAdder messages = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final StatusLine status;

  private Progress(String verb, PrintStream talk) {
    this.verb = verb;
    this.talk = talk;
    this.status = new StatusLine(talk, this::line);
  }

  /**
   * @param verb what is done with each message, as {@code published}
   */
  static Progress begin(String verb, PrintStream talk) {
    return new Progress(verb, talk);
  }

  /** One more message. Any thread. */
  void add(int payloadBytes) {
    messages.increment();
    bytes.add(payloadBytes);
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
    if (status.terminal() || always) {
      talk.println(line());
    }
  }

  /** Stops painting. */
  @Override
  public void close() {
    status.close();
  }
}
