package io.emque.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a class of tests that made the server warn: what clients do wrong is not news. */
final class QuietLog implements BeforeAllCallback, AfterAllCallback {
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final Handler handler = new Collector();
  private final Logger root = Logger.getLogger("");

  @Override
  public void beforeAll(ExtensionContext context) {
    root.addHandler(handler);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    root.removeHandler(handler);
    assertThat(warnings).isEmpty();
  }

  private final class Collector extends Handler {
    @Override
    public void publish(LogRecord record) {
      boolean slow = record.getLoggerName().startsWith("io.emque.engine."); // it says so once
      Throwable thrown = record.getThrown();
      boolean stopped = // Helidon interrupts connections that are in the middle of a write
          thrown != null && thrown.getCause() instanceof InterruptedException;
      if (record.getLevel().intValue() >= Level.WARNING.intValue() && !slow && !stopped) {
        warnings.add(new SimpleFormatter().format(record));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
