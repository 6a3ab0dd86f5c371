package io.emque.cli;

import java.util.List;
import java.util.stream.Collectors;

/** Scripts that complete the command line, made from {@link Flags}. */
final class Completion {
  private static final String VERBS =
      "serve pub sub topics bench export import config token completion";

  private Completion() {}

  static String script(List<String> words) throws UsageException {
    if (words.size() != 1) {
      throw new UsageException("emque completion takes one word: bash, zsh or fish");
    }
    return switch (words.getFirst()) {
      case "bash" -> bash();
      case "zsh" -> "autoload -U +X bashcompinit && bashcompinit\n" + bash();
      case "fish" -> fish();
      default ->
          throw new UsageException(
              "there is no completion for \"" + words.getFirst() + "\"; take bash, zsh or fish");
    };
  }

  private static String bash() {
    var values = new StringBuilder();
    for (Flag flag : Flags.ALL) {
      if (!flag.values().isEmpty()) {
        values
            .append("    --")
            .append(flag.name())
            .append(") COMPREPLY=($(compgen -W '")
            .append(String.join(" ", flag.values()))
            .append("' -- \"$cur\")); return;;\n");
      }
      if (flag.name().endsWith("_file") || flag.name().equals("file")) {
        values
            .append("    --")
            .append(flag.name())
            .append(") COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n");
      }
    }
    String flags = Flags.ALL.stream().map(Completion::dashed).collect(Collectors.joining(" "));
    return """
        _emque() {
          local cur prev
          cur=${COMP_WORDS[COMP_CWORD]}
          prev=${COMP_WORDS[COMP_CWORD-1]}
          if [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
          if [[ $cur == = ]]; then cur=; fi
          case $prev in
        %s  esac
          if [[ $cur == -* ]]; then
            COMPREPLY=($(compgen -W '%s' -- "$cur"))
          else
            COMPREPLY=($(compgen -W '%s' -- "$cur"))
          fi
        }
        complete -F _emque emque
        """
        .formatted(values, flags, VERBS);
  }

  private static String dashed(Flag flag) {
    return (flag.name().length() == 1 ? "-" : "--") + flag.name();
  }

  private static String fish() {
    var script = new StringBuilder("complete -c emque -f\n");
    script.append("complete -c emque -n __fish_use_subcommand -a '").append(VERBS).append("'\n");
    for (Flag flag : Flags.ALL) {
      script.append("complete -c emque ").append(flag.name().length() == 1 ? "-s " : "-l ");
      script.append(flag.name());
      script.append(" -d '").append(flag.help().replace("'", "\\\\'")).append('\'');
      if (!flag.isSwitch()) {
        script.append(" -r");
      }
      if (!flag.values().isEmpty()) {
        script.append(" -a '").append(String.join(" ", flag.values())).append('\'');
      }
      script.append('\n');
    }
    return script.toString();
  }
}
