package io.emque.cli.bench;

import java.io.IOException;
import java.util.Locale;
import java.util.TreeMap;

/**
 * The head of an answer.
 *
 * @param headers by their names in lower case
 */
record HttpAnswer(int status, TreeMap<String, String> headers) {
  static HttpAnswer of(String[] lines) throws IOException {
    if (!lines[0].matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
      throw new IOException("the server does not speak HTTP/1.1; is it " + hint(lines[0]) + "?");
    }
    var headers = new TreeMap<String, String>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0) {
        headers.put(
            lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
            lines[i].substring(colon + 1).strip());
      }
    }
    return new HttpAnswer(Integer.parseInt(lines[0].substring(9, 12)), headers);
  }

  private static String hint(String line) {
    return line.isEmpty() || line.charAt(0) < ' ' ? "one with TLS" : "another program's";
  }

  boolean chunked() {
    return headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked");
  }

  /** Length of the body; 0 where it is not said. */
  long length() {
    String length = headers.getOrDefault("content-length", "0");
    return length.matches("[0-9]{1,15}") ? Long.parseLong(length) : 0;
  }
}
