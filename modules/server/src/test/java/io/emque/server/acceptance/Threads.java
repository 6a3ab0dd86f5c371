package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/** The threads of this process, platform and virtual ones: the latter are in no other list. */
final class Threads {
  /** Threads that pools and timers of client and server may add meanwhile. */
  private static final int POOLS = 20;

  private final Path folder;

  /**
   * @param folder for dumps
   */
  Threads(Path folder) {
    this.folder = folder;
  }

  long count() throws IOException, InterruptedException {
    Path dump = folder.resolve(UUID.randomUUID() + ".txt");
    var jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(ProcessHandle.current().pid()),
                "Thread.dump_to_file",
                dump.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(jcmd.waitFor()).isZero();
    try (var lines = Files.lines(dump)) {
      return lines.filter(line -> line.startsWith("#")).count();
    }
  }

  /** The least of some counts: connections that have just ended let go of theirs meanwhile. */
  long settled() throws IOException, InterruptedException {
    long least = count();
    for (int same = 0; same < 3; ) {
      await().pollDelay(Duration.ofMillis(200)).until(() -> true);
      long now = count();
      same = now < least ? 0 : same + 1;
      least = Math.min(least, now);
    }
    return least;
  }

  /** Waits until there are hardly more than before; what leaks here leaks by the hundred. */
  void awaitBack(long before) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(count()).isLessThanOrEqualTo(before + POOLS));
  }
}
