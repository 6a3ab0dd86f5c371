package io.emque.distribution;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of the documentation as its test sees it: blocks of code, and comments that readers do not
 * see, in their order.
 *
 * <p>A comment on the line above a block says what becomes of the block, where its language does
 * not say so:
 *
 * <ul>
 *   <li>{@code <!-- not run: WHY -->}: nothing;
 *   <li>{@code <!-- run by: NAME -->}: another test, which names the page, runs it;
 *   <li>{@code <!-- file: NAME -->}: it is the content of a file, for what comes after it;
 *   <li>{@code <!-- stays until: WORDS -->}: its command stays, and is ready when it has put them
 *       out.
 * </ul>
 *
 * <p>Steps between the blocks:
 *
 * <ul>
 *   <li>{@code <!-- test: COMMAND -->}: a command of the test, as one that the page shows;
 *   <li>{@code <!-- test until PORT: COMMAND -->}: one that stays, until the port answers;
 *   <li>{@code <!-- stop: WORDS -->}: the last command with these words that stays gets SIGTERM.
 * </ul>
 */
final class Page {
  private static final Pattern COMMENT = Pattern.compile("(?s)^<!-- (.*?) -->$");
  private static final Pattern DECIDES =
      Pattern.compile("(?s)(not run|run by|file|stays until): (.+)");
  private static final Pattern STEP =
      Pattern.compile("(?s)(test|test until (?<port>\\d+)|stop): (?<command>.+)");
  private static final Pattern LOOP = Pattern.compile("\\bdo$", Pattern.MULTILINE);
  private static final Pattern HERE_DOCUMENT = Pattern.compile("<< ?'?([A-Z]+)'?");

  /** A thing to be done, which stands at a line. */
  sealed interface Step {
    int line();

    /** What it is called in a report. */
    String title();
  }

  /**
   * A block of code.
   *
   * @param language what stands behind its fence
   * @param fate the part of the comment before the colon; empty without one
   * @param detail what stands behind that; empty without
   */
  record Block(int line, String language, String fate, String detail, String text) implements Step {
    @Override
    public String title() {
      String first = text.lines().findFirst().orElse("");
      return "line %d: %s".formatted(line, fate.isEmpty() ? first : fate + " " + detail);
    }
  }

  /**
   * A command that readers do not see.
   *
   * @param port that answers when it is ready; empty when the command tells itself
   */
  record Hidden(int line, String port, String command) implements Step {
    @Override
    public String title() {
      return "line %d, of the test: %s".formatted(line, command);
    }
  }

  /** Ends a command that stays. */
  record Stop(int line, String words) implements Step {
    @Override
    public String title() {
      return "line %d, of the test: stop %s".formatted(line, words);
    }
  }

  /** A command that a page shows, and what it shows of its output. */
  record Command(String text, List<String> output) {}

  private final List<Step> steps = new ArrayList<>();
  private final String[] lines;
  private int at;

  private Page(String text) {
    this.lines = text.split("\n", -1);
  }

  static List<Step> read(Path file) throws IOException {
    var page = new Page(Files.readString(file));
    page.readAll();
    return page.steps;
  }

  private void readAll() {
    String above = "";
    for (at = 0; at < lines.length; at++) {
      String line = lines[at].strip();
      if (line.startsWith("```")) {
        readBlock(line.substring(3), above);
        above = "";
      } else if (line.startsWith("<!--")) {
        above = readComment(line);
      } else {
        above = "";
      }
    }
  }

  private void readBlock(String language, String above) {
    int from = at + 1;
    int indent = lines[at].indexOf('`');
    var text = new StringBuilder();
    while (!lines[++at].strip().equals("```")) {
      String line = lines[at];
      text.append(line, Math.min(indent, line.length()), line.length()).append('\n');
    }
    Matcher fate = DECIDES.matcher(above);
    boolean decided = fate.matches();
    steps.add(
        new Block(
            from,
            language,
            decided ? requireNonNull(fate.group(1)) : "",
            decided ? requireNonNull(fate.group(2)) : "",
            text.toString()));
  }

  /** The comment's words, when they are for the block below. */
  private String readComment(String first) {
    int from = at + 1;
    var text = new StringBuilder(first);
    while (!text.toString().endsWith("-->")) {
      text.append('\n').append(lines[++at].strip());
    }
    Matcher comment = COMMENT.matcher(text);
    if (!comment.matches()) {
      throw new IllegalArgumentException("line " + from + ": a comment is not closed");
    }
    String words = requireNonNull(comment.group(1));
    Matcher step = STEP.matcher(words);
    if (!step.matches()) {
      return words;
    }
    String command = requireNonNull(step.group("command"));
    String port = step.group("port");
    steps.add(
        words.startsWith("stop")
            ? new Stop(from, command)
            : new Hidden(from, port == null ? "" : port, command));
    return "";
  }

  /** The commands of a block: each begins with a prompt, and goes on while it is not whole. */
  static List<Command> commands(String block) {
    var commands = new ArrayList<Command>();
    StringBuilder command = null;
    var output = new ArrayList<String>();
    for (String line : block.lines().toList()) {
      if (command != null && !isWhole(command.toString())) {
        command.append('\n').append(line);
      } else if (line.startsWith("$ ")) {
        if (command != null) {
          commands.add(new Command(command.toString(), List.copyOf(output)));
        }
        command = new StringBuilder(line.substring(2));
        output.clear();
      } else if (!line.isBlank()) {
        output.add(line);
      }
    }
    if (command == null) {
      throw new IllegalArgumentException("no line begins with \"$ \":\n" + block);
    }
    commands.add(new Command(command.toString(), List.copyOf(output)));
    return commands;
  }

  private static boolean isWhole(String command) {
    if (command.endsWith("\\") || command.chars().filter(c -> c == '\'').count() % 2 != 0) {
      return false;
    }
    if (LOOP.matcher(command).find() && !command.contains("done")) {
      return false;
    }
    Matcher here = HERE_DOCUMENT.matcher(command);
    return !here.find() || command.endsWith("\n" + here.group(1));
  }
}
