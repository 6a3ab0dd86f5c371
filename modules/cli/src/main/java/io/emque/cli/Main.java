package io.emque.cli;

import io.emque.api.BrokerException;
import io.emque.api.spi.Providers;
import io.emque.server.EmqueServer;
import io.emque.server.ServerException;
import io.emque.server.plugin.PluginException;
import io.emque.server.plugin.Plugins;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code emque}. Data goes to standard output, talk to standard error; exit codes: 0 done, 1
 * failed, 2 usage.
 */
public final class Main {
  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final List<String> VERBS =
      List.of(
          "serve",
          "pub",
          "sub",
          "topics",
          "bench",
          "export",
          "import",
          "config",
          "token",
          "completion");

  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    int code = FAILED;
    // Names are looked up when resolvers say so; Java would keep answers for 30 s, failures for 10.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
    try {
      code = run(List.of(arguments), System.getenv(), System.out, System.err);
    } catch (RuntimeException | Error e) {
      // A fault of ours. Threads that are left must not keep the process.
      System.err.println("emque: failed by a fault of its own; please report what follows");
      e.printStackTrace(System.err);
    }
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }

  static int run(
      List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream talk) {
    try {
      Arguments parsed = Arguments.parse(arguments);
      if (parsed.flags().getOrDefault("help", "").equals("true")) {
        out.print(Help.text());
        return 0;
      }
      if (parsed.flags().getOrDefault("version", "").equals("true")) {
        out.println("emque " + EmqueServer.version());
        return 0;
      }
      String home = System.getProperty("emque.home", "");
      Settings settings =
          Settings.resolve(parsed.flags(), environment, home.isEmpty() ? null : Path.of(home));
      Combinations.check(settings, isServer(verb(parsed.words()), settings));
      return run(parsed.words(), settings, home.isEmpty() ? null : Path.of(home), out, talk);
    } catch (UsageException e) {
      talk.println("emque: " + e.getMessage());
      return USAGE;
    } catch (ServerException | PluginException | BrokerException | IOException e) {
      talk.println("emque: " + e.getMessage());
      return FAILED;
    }
  }

  private static int run(
      List<String> words, Settings settings, @Nullable Path home, PrintStream out, PrintStream talk)
      throws UsageException, ServerException, PluginException, IOException {
    String verb = verb(words);
    if (!VERBS.contains(verb)) {
      throw new UsageException(
          "there is no command \""
              + verb
              + "\""
              + Nearest.hint("", verb, VERBS)
              + "; emque --help lists them");
    }
    List<String> rest = words.isEmpty() ? words : words.subList(1, words.size());
    if (verb.equals("completion")) {
      out.print(Completion.script(rest));
      return 0;
    }
    if (verb.equals("token")) {
      return new TokenCommands(settings, System.in, out, talk).run(rest);
    }
    Logging.to(talk, Logging.format(settings));
    Logging.level(Logging.level(settings, isServer(verb, settings)));
    Providers providers = plugins(settings, home);
    Connect.check(settings, providers);
    if (verb.equals("serve")) {
      return serve(rest, settings, providers, out, talk);
    }
    if (verb.equals("config")) {
      return new ConfigCommands(settings, out).run(rest, providers, talk);
    }
    if (verb.equals("bench")) {
      return new BenchCommand(settings, providers, out, talk).run(rest);
    }
    var client = new ClientCommands(settings, providers, out, talk);
    return switch (verb) {
      case "pub" -> client.pub(rest);
      case "sub" -> client.sub(rest);
      case "topics" -> client.topics(rest);
      case "export" -> client.export(rest);
      default -> client.importLines(rest);
    };
  }

  private static int serve(
      List<String> rest, Settings settings, Providers providers, PrintStream out, PrintStream talk)
      throws UsageException, ServerException, IOException {
    if (!rest.isEmpty()) {
      throw new UsageException("emque serve takes flags alone, got \"" + rest.getFirst() + "\"");
    }
    if (settings.bool("i")) {
      return new Prompt(settings, providers, out, talk).run();
    }
    if (settings.bool("client")) {
      return new ClientCommands(settings, providers, out, talk).asClient();
    }
    return new Serve(settings, providers, talk).run();
  }

  private static String verb(List<String> words) {
    return words.isEmpty() ? "serve" : words.getFirst();
  }

  private static boolean isServer(String verb, Settings settings) throws UsageException {
    return (verb.equals("serve") || verb.equals("config"))
        && !settings.bool("i")
        && !settings.bool("client");
  }

  /** Beside the image, where that folder is there, or where it was said to be. */
  private static Providers plugins(Settings settings, @Nullable Path home) throws PluginException {
    String given = settings.text("plugins");
    if (!given.isEmpty()) {
      return Plugins.load(Path.of(given));
    }
    Path beside = home == null ? null : home.resolve("plugins");
    return beside != null && Files.isDirectory(beside) ? Plugins.load(beside) : Providers.builtIn();
  }
}
