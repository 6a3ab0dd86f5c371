package io.emque.server.fuzz;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Collects what is logged that says somebody must act: what clients do wrong is not news. */
final class Warnings extends Handler {
  private final List<String> all = new CopyOnWriteArrayList<>();

  private Warnings() {}

  static Warnings collect() {
    var warnings = new Warnings();
    Logger.getLogger("").addHandler(warnings);
    return warnings;
  }

  void add(String warning) {
    all.add(warning);
  }

  /** What came since the last call. */
  List<String> taken() {
    List<String> taken = List.copyOf(all);
    all.removeAll(taken);
    return taken;
  }

  @Override
  public void publish(LogRecord record) {
    boolean slow = record.getLoggerName().startsWith("io.emque.engine."); // who does not read
    if (record.getLevel().intValue() >= Level.WARNING.intValue() && !slow) {
      all.add(new SimpleFormatter().format(record));
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    Logger.getLogger("").removeHandler(this);
  }
}
