package io.emque.cli;

import io.helidon.config.Config;
import io.helidon.config.ConfigException;
import io.helidon.config.ConfigSources;
import io.helidon.config.MapConfigSource;
import io.helidon.config.yaml.YamlConfigParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The value of every option: from its flag, its environment variable, the configuration file, its
 * default.
 */
final class Settings {
  private static final String ENVIRONMENT_PREFIX = "EMQUE_";

  /** Variables of the launcher and of container images, which are no options. */
  private static final Set<String> OTHERS =
      Set.of("EMQUE_JAVA_OPTS", "EMQUE_HOME", "EMQUE_VERSION");

  /** What Kubernetes tells every pod about a service whose name begins with emque. */
  private static final Pattern SERVICE =
      Pattern.compile(
          "EMQUE_(\\w+_)?(SERVICE_(HOST|PORT(_\\w+)?)"
              + "|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

  private static final Pattern SERVICE_URL = Pattern.compile("(tcp|udp|sctp)://.+");

  private final Map<String, String> flags;
  private final Map<String, String> environment;
  private final Config config;
  private final @Nullable Path file;
  private final Again again;

  private Settings(
      Map<String, String> flags,
      Map<String, String> environment,
      Config config,
      @Nullable Path file,
      Again again) {
    this.file = file;
    this.again = again;
    this.flags = flags;
    this.environment = environment;
    this.config = config;
  }

  /**
   * @param home folder of the image, whose {@code conf/application.yaml} is read; null for none
   */
  static Settings resolve(
      Map<String, String> flags, Map<String, String> environment, @Nullable Path home)
      throws UsageException {
    Map<String, String> variables = variables(environment);
    Path file = file(flags, variables, home);
    var builder =
        Config.builder()
            .disableEnvironmentVariablesSource()
            .disableSystemPropertiesSource()
            .disableParserServices()
            .disableCaching()
            .disableKeyResolving() // a ${ is a user's own
            .disableValueResolving()
            .disableFilterServices()
            .disableMapperServices();
    MapConfigSource.Builder above = ConfigSources.create(forFile(flags));
    MapConfigSource.Builder below = ConfigSources.create(forFile(variables));
    try {
      Config config =
          file == null
              ? builder.sources(above, below).build()
              : builder
                  .sources(above, below, ConfigSources.file(file).parser(YamlConfigParser.create()))
                  .build();
      var settings =
          new Settings(flags, variables, config, file, () -> resolve(flags, environment, home));
      settings.check(file);
      return settings;
    } catch (ConfigException e) {
      throw new UsageException("cannot read " + file + ": " + firstLine(e));
    }
  }

  /** Those that a file may have, too. */
  private static Map<String, String> forFile(Map<String, String> given) {
    var left = new HashMap<>(given);
    left.keySet().removeIf(name -> !mayBeInFile(name));
    return left;
  }

  private static boolean mayBeInFile(String name) {
    return Flags.named(name).kind() != Flag.Kind.ACTION && !name.equals("config");
  }

  private static Map<String, String> variables(Map<String, String> environment)
      throws UsageException {
    var found = new HashMap<String, String>();
    for (var variable : environment.entrySet()) {
      String name = variable.getKey();
      if (!name.startsWith(ENVIRONMENT_PREFIX) || isForeign(name, variable.getValue())) {
        continue;
      }
      Flag flag =
          Flags.SETTINGS.stream()
              .filter(f -> f.environmentName().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new UsageException(
                          "there is no option for the environment variable "
                              + name
                              + Nearest.hint(
                                  "",
                                  name,
                                  Flags.SETTINGS.stream().map(Flag::environmentName).toList())));
      Values.check(flag, name, variable.getValue());
      found.put(flag.name(), variable.getValue());
    }
    return found;
  }

  private static boolean isForeign(String name, String value) {
    return OTHERS.contains(name)
        || SERVICE.matcher(name).matches()
        || (name.endsWith("_PORT") && SERVICE_URL.matcher(value).matches());
  }

  private static @Nullable Path file(
      Map<String, String> flags, Map<String, String> variables, @Nullable Path home)
      throws UsageException {
    String asked = flags.getOrDefault("config", variables.getOrDefault("config", ""));
    if (!asked.isEmpty()) {
      return readable(Path.of(asked));
    }
    Path file = home == null ? null : home.resolve("conf").resolve("application.yaml");
    return file != null && Files.exists(file) ? readable(file) : null;
  }

  private static Path readable(Path file) throws UsageException {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new UsageException(
          "cannot read the configuration file "
              + file
              + "; it must be a file that the server's user may read");
    }
    return file;
  }

  /** Keys and values of the file; those of flags and variables have been checked. */
  private void check(@Nullable Path file) throws UsageException {
    for (var entry : config.asMap().orElse(Map.of()).entrySet()) {
      String key = entry.getKey();
      int dot = key.indexOf('.');
      String name = dot < 0 ? key : key.substring(0, dot);
      if (!Flags.exists(name)) {
        throw new UsageException(
            "there is no option \""
                + key
                + "\", which "
                + file
                + " sets"
                + Nearest.hint("", name, Flags.ALL.stream().map(Flag::name).toList()));
      }
      Flag flag = Flags.named(name);
      if (!mayBeInFile(name)) {
        throw new UsageException(
            "--" + name + " is for the command line alone, and " + file + " sets it");
      }
      if (dot >= 0 && !(flag.kind() == Flag.Kind.LIST && isNumber(key.substring(dot + 1)))) {
        throw new UsageException(
            "\"" + key + "\" in " + file + " is no option; " + name + " takes one value");
      }
      if (!isOverridden(name)) {
        Values.check(flag, key + " in " + file, fromYaml(flag, entry.getValue()));
      }
    }
  }

  /** Whether a flag or a variable gives it, whatever the file says. */
  boolean isOverridden(String name) {
    return flags.containsKey(name) || environment.containsKey(name);
  }

  private static boolean isNumber(String text) {
    return text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** YAML reads a bare on or off as true or false. */
  private static String fromYaml(Flag flag, String value) {
    String word =
        switch (value) {
          case "true" -> "on";
          case "false" -> "off";
          default -> value;
        };
    return flag.values().contains(word) ? word : value;
  }

  /** The same flags and variables with the file as it is now. */
  Settings reread() throws UsageException {
    return again.resolve();
  }

  /** The configuration file, if there is one. */
  Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  /** Where the value of a flag is from, in words. */
  String source(Flag flag) {
    if (flags.containsKey(flag.name())) {
      return "flag";
    }
    if (environment.containsKey(flag.name())) {
      return flag.environmentName();
    }
    return config.get(flag.name()).exists()
        ? String.valueOf(file)
        : flag.fallback().isEmpty() && !flag.shown().isEmpty()
            ? "default: " + flag.shown()
            : "default";
  }

  boolean bool(String name) throws UsageException {
    return Values.bool(Flags.named(name), name, text(name));
  }

  /** The value as it was given; empty for none. */
  String text(String name) {
    Flag flag = Flags.named(name);
    return config.get(name).asString().map(v -> fromYaml(flag, v)).orElse(flag.fallback());
  }

  /** A list of the file, or the parts between commas. */
  List<String> list(String name) {
    Config node = config.get(name);
    if (node.type() == Config.Type.LIST && !isOverridden(name)) {
      return node.asList(String.class).get();
    }
    return List.of(text(name).split(",")).stream()
        .map(String::trim)
        .filter(part -> !part.isEmpty())
        .toList();
  }

  long number(String name) throws UsageException {
    return Values.number(Flags.named(name), name, text(name));
  }

  long size(String name) throws UsageException {
    return Values.size(Flags.named(name), name, text(name));
  }

  Duration duration(String name) throws UsageException {
    return Values.duration(Flags.named(name), name, text(name));
  }

  Values.Address address(String name) throws UsageException {
    return Values.address(Flags.named(name), name, text(name));
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return message.lines().findFirst().orElse("");
  }

  /** Reads everything once more. */
  private interface Again {
    Settings resolve() throws UsageException;
  }
}
