package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.testkit.network.FaultProxy;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;

/** A network in a process of its own, for more connections than one process may have files. */
final class CuttingNetwork implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;
  private final int port;

  private CuttingNetwork(Process process) throws IOException {
    this.process = process;
    this.out = process.inputReader(UTF_8);
    this.port = Integer.parseInt(out.readLine());
  }

  static CuttingNetwork before(int port) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var classes =
        List.of(
            Path.of(CuttingNetwork.class.getResource("CuttingNetwork.class").toURI())
                .getParent()
                .resolve("../../..")
                .normalize()
                .toString(),
            Path.of(FaultProxy.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString());
    return new CuttingNetwork(
        new ProcessBuilder(
                java,
                "--class-path",
                String.join(File.pathSeparator, classes),
                CuttingNetwork.class.getName(),
                Integer.toString(port))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  int port() {
    return port;
  }

  /** Resets every connection; returns how many they were. */
  int cut() throws IOException {
    var in = process.outputWriter(UTF_8);
    in.write("cut\n");
    in.flush();
    return Integer.parseInt(out.readLine());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Says its port, and after each line that it reads how many connections it has cut. */
  public static void main(String[] arguments) throws IOException {
    try (var network = FaultProxy.before(Integer.parseInt(arguments[0]));
        var in = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
      System.out.println(network.port());
      while (in.readLine() != null) {
        System.out.println(network.cut());
      }
    }
  }
}
