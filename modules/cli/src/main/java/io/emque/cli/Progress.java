package io.emque.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * How far a long run has come: a line that rewrites itself while standard error is a terminal, with
 * a bar where it is known how far there is to go, and at the end one with the rate.
 */
final class Progress implements AutoCloseable {
  private static final int BAR = 24; // characters

  private final String verb;
  private final PrintStream talk;
  private final long began = System.nanoTime();
  private final LongAdder messages = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private volatile Goal goal = () -> 0;
  private final StatusLine status;

  private Progress(String verb, PrintStream talk) {
    this.verb = verb;
    this.talk = talk;
    this.status = new StatusLine(talk, this::lineWithBar);
  }

  /**
   * @param verb what is done with each message, as {@code published}
   */
  static Progress begin(String verb, PrintStream talk) {
    return new Progress(verb, talk);
  }

  /** It is known from now on how far there is to go. */
  void toward(Goal newGoal) {
    goal = newGoal;
  }

  /** One more message. Any thread. */
  void add(int payloadBytes) {
    messages.increment();
    bytes.add(payloadBytes);
  }

  /** Messages that were counted. */
  long messages() {
    return messages.sum();
  }

  private String lineWithBar() {
    return bar(goal.share(), System.nanoTime() - began) + line();
  }

  /** The part that is done and what is left at this rate; blank while nothing of it is. */
  static String bar(double share, long nanos) {
    if (!(share > 0)) {
      return "";
    }
    double done = Math.min(1, share);
    int full = (int) (done * BAR);
    return String.format(
        Locale.ROOT,
        "[%s%s] %3.0f %% %s left: ",
        "#".repeat(full),
        " ".repeat(BAR - full),
        done * 100,
        time(nanos / done * (1 - done) / 1e9));
  }

  private static String time(double seconds) {
    long whole = Math.round(seconds);
    return whole < 60
        ? whole + " s"
        : String.format(Locale.ROOT, "%d:%02d min", whole / 60, whole % 60);
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

  /** How far there is to go. */
  interface Goal {
    /** The part that is done, 0 to 1; 0 while that is not known. */
    double share();
  }
}
