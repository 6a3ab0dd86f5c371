package io.emque.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the command line says: flags with one dash or two, their value after {@code =} or a space,
 * and words. After {@code --} everything is a word.
 *
 * @param flags by name, as given
 * @param words the verb, if any, and what follows it
 */
record Arguments(Map<String, String> flags, List<String> words) {
  static Arguments parse(List<String> arguments) throws UsageException {
    var flags = new LinkedHashMap<String, String>();
    var words = new ArrayList<String>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.equals("--")) {
        words.addAll(arguments.subList(i + 1, arguments.size()));
        break;
      }
      if (!argument.startsWith("-") || argument.equals("-")) {
        words.add(argument);
        continue;
      }
      String body = argument.substring(argument.startsWith("--") ? 2 : 1);
      int equals = body.indexOf('=');
      String name = name(equals < 0 ? body : body.substring(0, equals), argument);
      String value;
      if (equals >= 0) {
        value = body.substring(equals + 1);
      } else if (Flags.named(name).isSwitch()) {
        value = "true";
      } else if (i + 1 < arguments.size()) {
        value = arguments.get(++i);
      } else {
        throw new UsageException("--" + name + " needs a value; give it as --" + name + "=VALUE");
      }
      Values.check(Flags.named(name), "--" + name, value);
      if (flags.put(name, value) != null) {
        throw new UsageException("--" + name + " is given twice; give it once");
      }
    }
    return new Arguments(flags, words);
  }

  private static String name(String given, String argument) throws UsageException {
    String name = given.equals("h") ? "help" : given.replace('-', '_');
    if (!Flags.exists(name)) {
      throw new UsageException(
          "there is no flag "
              + argument
              + Nearest.hint("--", name, Flags.ALL.stream().map(Flag::name).toList())
              + "; emque --help lists them");
    }
    return name;
  }
}
