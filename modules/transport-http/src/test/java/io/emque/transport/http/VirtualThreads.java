package io.emque.transport.http;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.management.ObjectName;

/** Finds threads, virtual ones too, which only a thread dump shows. */
final class VirtualThreads {
  private VirtualThreads() {}

  static List<String> named(String prefix) throws Exception {
    Path folder = Files.createTempDirectory("emque-test");
    Path dump = folder.resolve("threads.txt");
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
              "dumpThreads",
              new Object[] {dump.toString(), "TEXT_PLAIN"},
              new String[] {"java.lang.String", "java.lang.String"});
      try (var lines = Files.lines(dump)) {
        return lines.filter(line -> line.matches("#\\d+ \"" + prefix + ".*")).toList();
      }
    } finally {
      Files.deleteIfExists(dump);
      Files.delete(folder);
    }
  }
}
