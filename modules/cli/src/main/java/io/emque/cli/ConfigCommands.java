package io.emque.cli;

import io.emque.api.spi.Providers;
import io.emque.server.ServerException;
import java.io.PrintStream;
import java.util.List;
import java.util.regex.Pattern;

/** {@code emque config check} and {@code emque config show}. */
final class ConfigCommands {
  private static final int COLUMN = 40;
  private static final Pattern BARE = Pattern.compile("[A-Za-z0-9_./][A-Za-z0-9_./-]*");
  private static final Pattern SECRET = Pattern.compile(".*(token|secret|password).*");
  private static final String MASKED = "***";

  private final Settings settings;
  private final PrintStream out;

  ConfigCommands(Settings settings, PrintStream out) {
    this.settings = settings;
    this.out = out;
  }

  /** Returns the exit code. */
  int run(List<String> words, Providers providers, PrintStream talk)
      throws UsageException, ServerException {
    String what = words.size() == 1 ? words.getFirst() : "";
    switch (what) {
      case "check" -> check(providers, talk);
      case "show" -> show();
      default -> throw new UsageException("emque config takes one word: check or show");
    }
    return 0;
  }

  /** All that can be known without listening: values, what excludes what, plugins, files of TLS. */
  private void check(Providers providers, PrintStream talk) throws UsageException, ServerException {
    new Serve(settings, providers, talk).check();
    out.println("the configuration is good" + settings.file().map(f -> ": " + f).orElse(""));
  }

  /** A configuration file that says the same, with where each value is from. */
  private void show() {
    for (Flag flag : Flags.SETTINGS) {
      boolean clients = flag.group() == Flag.Group.CLIENT && !isSecret(flag);
      if (clients || flag.name().equals("config")) {
        continue;
      }
      String line = line(flag);
      out.println(
          line + " ".repeat(Math.max(1, COLUMN - line.length())) + "# " + settings.source(flag));
    }
  }

  /** What has no value, or may not be shown, is a comment. */
  private String line(Flag flag) {
    String value =
        String.join(
            ",",
            flag.kind() == Flag.Kind.LIST
                ? settings.list(flag.name())
                : List.of(settings.text(flag.name())));
    if (value.isEmpty()) {
      return "#" + flag.name() + ":";
    }
    if (isSecret(flag)) {
      return "#" + flag.name() + ": " + MASKED;
    }
    return flag.name() + ": " + (BARE.matcher(value).matches() ? value : quoted(value));
  }

  private static String quoted(String value) {
    return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static boolean isSecret(Flag flag) {
    return flag.kind() == Flag.Kind.TEXT
        && SECRET.matcher(flag.name()).matches()
        && !flag.name().endsWith("_file");
  }
}
