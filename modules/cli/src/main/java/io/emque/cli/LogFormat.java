package io.emque.cli;

import com.google.gson.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/** How a line of the log looks. */
enum LogFormat {
  /** Time, level, message. */
  TEXT {
    @Override
    String line(LogRecord record) {
      var text = new StringBuilder();
      text.append(time(record)).append(' ').append(level(record.getLevel()));
      text.append(' ').append(record.getMessage());
      if (record.getThrown() != null) {
        text.append(" | ").append(causes(record.getThrown()));
      }
      return text.toString();
    }
  },

  /** An object with {@code time, level, logger, message} and, where there is one, {@code error}. */
  JSON {
    @Override
    String line(LogRecord record) {
      var object = new JsonObject();
      object.addProperty("time", time(record).toString());
      object.addProperty("level", level(record.getLevel()));
      object.addProperty("logger", record.getLoggerName());
      object.addProperty("message", record.getMessage());
      if (record.getThrown() != null) {
        object.addProperty("error", causes(record.getThrown()));
      }
      return object.toString();
    }
  };

  /** One line, without its end. */
  abstract String line(LogRecord record);

  private static Instant time(LogRecord record) {
    return Instant.ofEpochMilli(record.getMillis()).truncatedTo(ChronoUnit.MILLIS);
  }

  /** The names of {@link System.Logger.Level}, which is what the program logs by. */
  private static String level(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    return value >= Level.WARNING.intValue()
        ? "WARNING"
        : value >= Level.INFO.intValue() ? "INFO" : "DEBUG";
  }

  private static String causes(Throwable thrown) {
    var text = new StringBuilder();
    for (Throwable e = thrown; e != null; e = e.getCause()) {
      text.append(text.isEmpty() ? "" : " | ").append(e);
      if (e.getStackTrace().length > 0) {
        text.append(" at ").append(e.getStackTrace()[0]);
      }
    }
    return text.toString();
  }
}
