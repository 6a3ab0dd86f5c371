package io.emque.cli;

import java.util.List;
import java.util.Locale;

/**
 * One option.
 *
 * @param name as on the command line without dashes, and in the configuration file
 * @param kind what its value must be
 * @param values the words a {@link Kind#WORD} may be
 * @param fallback its default, as it would be given; empty for none
 * @param shown its default, as help shows it
 * @param group heading in help
 * @param help one line
 */
record Flag(
    String name,
    Kind kind,
    List<String> values,
    String fallback,
    String shown,
    Group group,
    String help) {
  /** What a value must be. */
  enum Kind {
    /** {@code --flag} or {@code --flag=true|false}, never with a space. */
    SWITCH,
    /** A switch that replaces the command; on the command line alone. */
    ACTION,
    TEXT,
    /** Parts between commas; in the file a list, too. */
    LIST,
    WORD,
    NUMBER,
    SIZE,
    DURATION,
    ADDRESS
  }

  /** Headings in help, in their order. */
  enum Group {
    SERVER("Server"),
    TLS("TLS"),
    AUTH("Who may do what"),
    RETENTION("Retention"),
    LIMITS("Limits"),
    SUBSCRIBERS("Subscribers"),
    PERSISTENCE("Persistence"),
    PROXY("Proxy and client"),
    CLIENT("Client"),
    BENCH("Bench"),
    OTHER("Other");

    private final String heading;

    Group(String heading) {
      this.heading = heading;
    }

    String heading() {
      return heading;
    }
  }

  boolean isSwitch() {
    return kind == Kind.SWITCH || kind == Kind.ACTION;
  }

  String environmentName() {
    return "EMQUE_" + name.toUpperCase(Locale.ROOT);
  }
}
