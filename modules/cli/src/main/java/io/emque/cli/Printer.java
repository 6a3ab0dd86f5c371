package io.emque.cli;

import io.emque.api.Message;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Prints messages. One thread. */
final class Printer implements AutoCloseable {
  private static final int BUFFER = 64 * 1024;

  private final OutputStream out;
  private final String format;

  /**
   * @param format {@code lines}, {@code raw}, {@code json} or {@code export}
   */
  Printer(OutputStream out, String format) {
    this.out = new BufferedOutputStream(out, BUFFER);
    this.format = format;
  }

  void print(Message message) throws GoneException {
    try {
      switch (format) {
        case "raw" -> out.write(message.payload());
        case "json" -> line(Json.message(message));
        case "export" -> line(Json.exported(message));
        default -> {
          out.write(message.payload());
          out.write('\n');
        }
      }
    } catch (IOException e) {
      throw new GoneException(e);
    }
  }

  private void line(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.write('\n');
  }

  void flush() throws GoneException {
    try {
      out.flush();
    } catch (IOException e) {
      throw new GoneException(e);
    }
  }

  @Override
  public void close() throws GoneException {
    flush();
  }

  /** Whoever read what is printed has gone. */
  static final class GoneException extends IOException {
    GoneException(IOException cause) {
      super("nobody reads the output any more: " + cause.getMessage(), cause);
    }
  }
}
