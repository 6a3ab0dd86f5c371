package io.emque.distribution;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** The JVM and the modules of the JDK that the image brings along. */
final class RuntimeImage {
  /** What the jars in {@code lib} require, as jdeps tells it, and what they find by reflection. */
  private static final List<String> PROGRAM =
      List.of(
          "java.logging", // Helidon logs through it
          "java.management", // metrics and memory bounds ask the JVM
          "java.net.http", // the client
          "jdk.net", // keep-alive intervals of sockets
          "jdk.unsupported", // signals; protobuf's access to memory
          "jdk.zipfs"); // resources inside jars, read as files

  /** What someone who runs a broker reaches for: flight recordings, agents, figures by JMX. */
  private static final List<String> OPERATION =
      List.of("java.instrument", "jdk.jfr", "jdk.management");

  /**
   * What plugins may count on beside java.base, since their jars are not there when this is linked:
   * databases, XML, directories and DNS, SASL, keys on tokens of hardware. All of it together is 3
   * MB.
   */
  private static final List<String> PLUGINS =
      List.of(
          "java.naming",
          "java.security.sasl",
          "java.sql",
          "java.xml",
          "jdk.crypto.cryptoki",
          "jdk.crypto.ec", // empty by now, and still required by name
          "jdk.naming.dns");

  /** Of the JVM, and not for anybody to change: without them warnings go to the terminal. */
  private static final String ALWAYS = "--sun-misc-unsafe-memory-access=allow";

  private final Path runtime;
  private final Path madeFrom;

  /**
   * @param madeFrom file that remembers what the runtime was linked from
   */
  RuntimeImage(Path runtime, Path madeFrom) {
    this.runtime = runtime;
    this.madeFrom = madeFrom;
  }

  /** Returns false when the runtime was there already, of the same JDK and modules. */
  boolean link() throws IOException, ImageException {
    String modules =
        String.join(
            ",", Stream.of(PROGRAM, OPERATION, PLUGINS).flatMap(List::stream).sorted().toList());
    var options =
        new ArrayList<>(
            List.of(
                "--add-modules=" + modules,
                "--add-options=" + ALWAYS,
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                "--compress=zip-9"));
    Path jdk = Path.of(System.getProperty("java.home"));
    String inputs = Files.readString(jdk.resolve("release")) + String.join("\n", options);
    if (Files.exists(runtime)
        && Files.exists(madeFrom)
        && Files.readString(madeFrom).equals(inputs)) {
      return false;
    }
    Files.deleteIfExists(madeFrom);
    FileTree.delete(runtime);
    options.add("--output=" + runtime);
    run(options);
    Files.writeString(madeFrom, inputs);
    return true;
  }

  private static void run(List<String> options) throws ImageException {
    ToolProvider jlink =
        ToolProvider.findFirst("jlink")
            .orElseThrow(
                () ->
                    new ImageException(
                        "this JDK has no jlink: "
                            + System.getProperty("java.home")
                            + "; install a whole JDK 25"));
    var said = new StringWriter();
    var writer = new PrintWriter(said);
    int code = jlink.run(writer, writer, options.toArray(String[]::new));
    if (code != 0) {
      throw new ImageException("jlink failed: " + said.toString().strip().replace("\n", " | "));
    }
  }
}
