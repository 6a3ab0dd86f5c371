package io.emque.cli;

import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** A server's own lines from INFO on, all others from WARNING on, on one stream. */
final class Logging {
  private Logging() {}

  static void to(PrintStream stream, boolean server) {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    root.addHandler(new Lines(stream));
    root.setLevel(Level.WARNING);
    OURS.setLevel(server ? Level.INFO : Level.WARNING);
    HELIDON_WEBSERVER.setLevel(Level.SEVERE); // its warnings are about what clients did
  }

  // Loggers are held weakly by their manager; these keep their levels.
  private static final Logger OURS = Logger.getLogger("io.emque");
  private static final Logger HELIDON_WEBSERVER = Logger.getLogger("io.helidon.webserver");

  private static final class Lines extends Handler {
    private final PrintStream stream;

    Lines(PrintStream stream) {
      this.stream = stream;
    }

    @Override
    public void publish(LogRecord line) {
      if (!isLoggable(line)) {
        return;
      }
      var text = new StringBuilder();
      text.append(Instant.ofEpochMilli(line.getMillis()).truncatedTo(ChronoUnit.MILLIS));
      text.append(' ').append(line.getLevel().getName()).append(' ').append(line.getMessage());
      for (Throwable e = line.getThrown(); e != null; e = e.getCause()) {
        text.append(" | ").append(e);
        if (e.getStackTrace().length > 0) {
          text.append(" at ").append(e.getStackTrace()[0]);
        }
      }
      stream.println(text);
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
