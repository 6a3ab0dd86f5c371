package io.emque.benchmarks;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine that figures were measured on. */
final class Machine {
  private Machine() {}

  static JsonObject describe() {
    var machine = new JsonObject();
    machine.addProperty("cpu", cpu());
    machine.addProperty("cores", Runtime.getRuntime().availableProcessors());
    machine.addProperty(
        "jdk", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    machine.addProperty(
        "kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    return machine;
  }

  private static String cpu() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch"); // not Linux
    }
  }
}
