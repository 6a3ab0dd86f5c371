package io.emque.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * The one backend of {@link System.Logger}: lines on one stream. The level is that of the program's
 * own lines; libraries are heard from WARNING on.
 */
final class Logging {
  private Logging() {}

  /** Sends all lines to a stream. */
  static void to(PrintStream stream, LogFormat format) {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    root.addHandler(new Lines(stream, format));
    root.setLevel(Level.WARNING);
    HELIDON_WEBSERVER.setLevel(Level.SEVERE); // its warnings are about what clients did
    HELIDON_LISTENER.setLevel(Level.OFF); // that it has ended is told in words of our own
  }

  /**
   * From which level on the program is heard.
   *
   * @param word {@code debug}, {@code info}, {@code warning} or {@code error}
   */
  static void level(String word) {
    OURS.setLevel(
        switch (word) {
          case "debug" -> Level.FINE;
          case "info" -> Level.INFO;
          case "warning" -> Level.WARNING;
          default -> Level.SEVERE;
        });
  }

  /** What {@code --log_format} says. */
  static LogFormat format(Settings settings) {
    return LogFormat.valueOf(settings.text("log_format").toUpperCase(Locale.ROOT));
  }

  /** What {@code --log_level} says. */
  static String level(Settings settings, boolean server) {
    String word = settings.text("log_level");
    return word.isEmpty() ? server ? "info" : "warning" : word;
  }

  // Loggers are held weakly by their manager; these keep their levels.
  private static final Logger OURS = Logger.getLogger("io.emque");
  private static final Logger HELIDON_WEBSERVER = Logger.getLogger("io.helidon.webserver");
  private static final Logger HELIDON_LISTENER =
      Logger.getLogger("io.helidon.webserver.ServerListener");

  private static final class Lines extends Handler {
    private final PrintStream stream;
    private final Repeats repeats;

    Lines(PrintStream stream, LogFormat format) {
      this.stream = stream;
      this.repeats = new Repeats(record -> stream.println(format.line(record)), System::nanoTime);
    }

    @Override
    public void publish(LogRecord record) {
      if (isLoggable(record)) {
        repeats.take(record);
      }
    }

    @Override
    public void flush() {
      stream.flush();
    }

    @Override
    public void close() {
      stream.flush();
    }
  }
}
