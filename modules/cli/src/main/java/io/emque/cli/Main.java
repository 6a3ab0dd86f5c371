package io.emque.cli;

import io.emque.server.ServerException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * {@code emque}. Data goes to standard output, talk to standard error; exit codes: 0 done, 1
 * failed, 2 usage.
 */
public final class Main {
  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final List<String> LATER =
      List.of("pub", "sub", "topics", "bench", "export", "import", "completion");

  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    int code = FAILED;
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
        out.println("emque " + version());
        return 0;
      }
      String home = System.getProperty("emque.home", "");
      Settings settings =
          Settings.resolve(parsed.flags(), environment, home.isEmpty() ? null : Path.of(home));
      Combinations.check(settings);
      return run(parsed.words(), settings, talk);
    } catch (UsageException e) {
      talk.println("emque: " + e.getMessage());
      return USAGE;
    } catch (ServerException e) {
      talk.println("emque: " + e.getMessage());
      return FAILED;
    }
  }

  private static int run(List<String> words, Settings settings, PrintStream talk)
      throws UsageException, ServerException {
    String verb = words.isEmpty() ? "serve" : words.getFirst();
    if (LATER.contains(verb)) {
      return notBuilt("emque " + verb, talk);
    }
    if (!verb.equals("serve")) {
      throw new UsageException(
          "there is no command \""
              + verb
              + "\""
              + Nearest.hint(
                  "",
                  verb,
                  java.util.stream.Stream.concat(
                          LATER.stream(), java.util.stream.Stream.of("serve"))
                      .toList())
              + "; emque --help lists them");
    }
    if (words.size() > 1) {
      throw new UsageException("emque serve takes flags alone, got \"" + words.get(1) + "\"");
    }
    for (String flag : List.of("client", "i", "proxy", "persist")) {
      if (settings.bool(flag)) {
        return notBuilt((flag.length() == 1 ? "-" : "--") + flag, talk);
      }
    }
    if (settings.text("transport").equals("grpc")) {
      return notBuilt("--transport=grpc", talk);
    }
    Logging.to(talk);
    return new Serve(settings, talk).run();
  }

  private static int notBuilt(String what, PrintStream talk) {
    talk.println("emque: " + what + " is not built yet; emque --help shows what is");
    return FAILED;
  }

  /** As the build wrote it. */
  static String version() {
    try (InputStream in = Main.class.getResourceAsStream("version.properties")) {
      var properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
