package io.emque.distribution;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a command is, as far as its test must know: whether it ends by itself, and how to tell that
 * it is ready when it does not.
 */
sealed interface Kind {
  /** Ends by itself. */
  record Ends() implements Kind {}

  /** A broker; says when it listens. */
  record Server() implements Kind {}

  /** A subscription by curl; stands when the head of the answer has come. */
  record Stream() implements Kind {}

  /** A subscription by our own client; the server says when it stands. */
  record Subscriber(String server, String topic) implements Kind {}

  /** What answers at a port, as a web server does. */
  record Listener(int port) implements Kind {}

  /** Patterns behind it all. */
  final class Patterns {
    private static final String SETTINGS = "((?:[A-Z_]+=(?:\"[^\"]*\"|\\S*) )*)";
    private static final Pattern SERVER =
        Pattern.compile(
            SETTINGS
                + "(?:\\./|\"?\\S*/bin/)?emque\"?(?: serve)?"
                + "(?: +--?+(?!client(?: |$)|help|version|i(?: |$))\\S+)*");
    private static final Pattern STREAM = Pattern.compile("\\bcurl -[a-zA-Z]*N");
    private static final Pattern SUBSCRIBER =
        Pattern.compile(
            "emque sub (?<topic>[^\\s-]\\S*)(?!.*--count)"
                + "|--client --topic=(?<old>\\S+) --subscribe");
    private static final Pattern WEB = Pattern.compile("http\\.server (\\d+)");
    private static final Pattern SERVERS = Pattern.compile("--servers=(\\S+?)(?:,|\\s|$)");
    private static final Pattern CLIENT =
        Pattern.compile("emque\"? (?:pub|sub|topics|export|import|bench|--client|-i)\\b");
    private static final Pattern BEGINNING = Pattern.compile("^" + SETTINGS);
    private static final Pattern SEVERAL = Pattern.compile("[|;&\n]");
    private static final Pattern QUOTED = Pattern.compile("'[^']*'|\"[^\"]*\"");
    private static final Pattern TOOL = Pattern.compile(SETTINGS + "([a-z][a-z0-9_.-]*)(?: |$)");

    private Patterns() {}
  }

  /**
   * The kind of a command.
   *
   * @param local where clients find their broker, when they are not told
   */
  static Kind of(String command, String local) {
    String line = oneLine(command);
    if (isServer(line)) {
      return new Server();
    }
    if (Patterns.STREAM.matcher(line).find()) {
      return new Stream();
    }
    Matcher web = Patterns.WEB.matcher(line);
    if (web.find()) {
      return new Listener(Integer.parseInt(web.group(1)));
    }
    Matcher subscriber = Patterns.SUBSCRIBER.matcher(line);
    if (subscriber.find()) {
      Matcher servers = Patterns.SERVERS.matcher(line);
      String server = servers.find() ? requireNonNull(servers.group(1)) : local;
      String topic = subscriber.group("topic");
      return new Subscriber(
          server.contains("://") ? server : "https://" + server,
          topic == null ? requireNonNull(subscriber.group("old")) : topic);
    }
    return new Ends();
  }

  static boolean isServer(String command) {
    return Patterns.SERVER.matcher(oneLine(command)).matches();
  }

  /** Whether it talks to a broker, and can be told where that is. */
  static boolean isClient(String command) {
    return Patterns.CLIENT.matcher(command).find();
  }

  /** The script that runs it; a single command takes the shell's place, to get its signals. */
  static String script(String command) {
    String line = oneLine(command);
    boolean single = !Patterns.SEVERAL.matcher(withoutQuotes(line)).find();
    return single ? Patterns.BEGINNING.matcher(line).replaceFirst("$1exec ") : command;
  }

  /** What has to be on the machine for it. */
  static List<String> tools(String command) {
    var tools = new ArrayList<String>();
    for (String part : Patterns.SEVERAL.split(withoutQuotes(oneLine(command)))) {
      Matcher tool = Patterns.TOOL.matcher(part.strip());
      if (tool.lookingAt()) {
        tools.add(requireNonNull(tool.group(2)));
      }
    }
    return tools;
  }

  private static String oneLine(String command) {
    return command.replace("\\\n", " ");
  }

  private static String withoutQuotes(String command) {
    return Patterns.QUOTED.matcher(command).replaceAll("''");
  }
}
