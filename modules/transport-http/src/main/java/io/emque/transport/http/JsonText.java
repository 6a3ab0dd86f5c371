package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;

/** JSON strings (RFC 8259, section 7). */
final class JsonText {
  private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);

  private JsonText() {}

  /** What {@code writer} writes, as a string. */
  static String object(Consumer<Output> writer) {
    var bytes = new ByteArrayOutputStream();
    var out =
        new Output(
            new Sink() {
              @Override
              public void write(byte[] buffer, int count) {
                bytes.write(buffer, HEAD, count);
              }

              @Override
              public void end() {}
            });
    writer.accept(out);
    out.flush();
    return bytes.toString(UTF_8);
  }

  static void string(Output out, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    string(out, bytes, 0, bytes.length);
  }

  /** The bytes must be valid UTF-8. */
  static void string(Output out, byte[] bytes, int from, int to) {
    out.put('"');
    int plain = from;
    for (int i = ByteScan.indexOfEscaped(bytes, from, to);
        i < to;
        i = ByteScan.indexOfEscaped(bytes, plain, to)) {
      out.put(bytes, plain, i - plain);
      escape(out, bytes[i]);
      plain = i + 1;
    }
    out.put(bytes, plain, to - plain).put('"');
  }

  private static void escape(Output out, int b) {
    switch (b) {
      case '"', '\\' -> out.put('\\').put(b);
      case '\n' -> out.put('\\').put('n');
      case '\r' -> out.put('\\').put('r');
      case '\t' -> out.put('\\').put('t');
      default -> out.put('\\').put('u').put('0').put('0').put(HEX[b >>> 4 & 15]).put(HEX[b & 15]);
    }
  }
}
