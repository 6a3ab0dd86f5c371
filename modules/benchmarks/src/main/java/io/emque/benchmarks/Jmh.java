package io.emque.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/** Runs benchmarks and files what comes out, with the machine named. */
public final class Jmh {
  private Jmh() {}

  /**
   * The file of results, and what JMH's own command line takes: a pattern of benchmarks, options.
   */
  public static void main(String[] args) throws Exception {
    if (args.length == 0) {
      System.err.println("usage: Jmh FILE [PATTERN] [OPTION...]; -h lists JMH's options");
      System.exit(2);
    }
    var options = new CommandLineOptions(Arrays.copyOfRange(args, 1, args.length));
    if (options.shouldHelp()) {
      options.showHelp();
      return;
    }
    var results = new Results(Path.of(args[0]));
    results.add(json(new Runner(options).run()));
    results.write();
    System.out.println(results.size() + " results in " + args[0]);
  }

  private static String json(Collection<RunResult> measured) {
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    ResultFormatFactory.getInstance(ResultFormatType.JSON, out).writeOut(measured);
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
