package io.emque.distribution;

import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a page shows of an output, beside what was really put out. */
final class Shown {
  /** What is another one each time; an ellipsis stands for anything. */
  private static final Pattern CHANGES =
      Pattern.compile(
          "(?<hash>sha256:[0-9a-f]+…?)"
              + "|(?<dots>…)"
              + "|(?<epoch>\\b(?=[a-z]*\\d)[0-9a-z]{6,}-\\d+\\b)"
              + "|(?<time>\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z)"
              + "|(?<version>\\b\\d+\\.\\d+\\.\\d+(?:-SNAPSHOT)?\\b)"
              + "|(?<token>\\bemque_[\\w-]{20,})");

  private Shown() {}

  /** The first line that is not there behind the others, or an empty text. */
  static String missing(List<String> shown, String output) {
    Iterator<String> lines = output.lines().iterator();
    for (String line : shown) {
      Pattern pattern = pattern(line);
      boolean found = false;
      while (!found && lines.hasNext()) {
        found = pattern.matcher(lines.next().strip()).matches();
      }
      if (!found) {
        return line;
      }
    }
    return "";
  }

  private static Pattern pattern(String shown) {
    String line = shown.strip();
    var pattern = new StringBuilder();
    Matcher changes = CHANGES.matcher(line);
    int end = 0;
    for (; changes.find(); end = changes.end()) {
      pattern.append(Pattern.quote(line.substring(end, changes.start())));
      pattern.append(changes.group("dots") == null ? "\\S+?" : ".*");
    }
    return Pattern.compile(pattern + Pattern.quote(line.substring(end)));
  }
}
