package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What thousands who mean harm cost one who means well: his p99 stays within twice of quiet. Times
 * itself, so it is left out of the ordinary build: {@code mvn verify -Platency}, on a quiet
 * machine.
 */
@Tag("latency")
@Timeout(600)
class AbuseLatencyTest {
  private static final int PER_SECOND = 1_000;
  private static final int MESSAGES = 5 * PER_SECOND;
  private static final int FILLING = 2 * PER_SECOND;
  private static final Duration LONGER_THAN_A_ROUND = Duration.ofSeconds(20);

  /** What a process that floods another takes from it by the kernel's hand where cores are few. */
  private static final long SLICE_NANOS = 3_000_000;

  @Test
  void thousandsWhoMeanHarmCostOneWhoMeansWellLittle() throws Exception {
    try (var run = new AbuseRun(3_000, 3_000, 1_000, LONGER_THAN_A_ROUND)) {
      run.wellMeant(MESSAGES, PER_SECOND); // warm
      var quiet = new long[3];
      var beside = new long[3];
      for (int i = 0; i < 3; i++) {
        quiet[i] = p99(run.wellMeant(MESSAGES, PER_SECOND));
        Process abuse = run.abuse();
        try {
          run.wellMeant(FILLING, PER_SECOND); // until those who never read can take no more
          int open = run.open();
          beside[i] = p99(run.wellMeant(MESSAGES, PER_SECOND));
          say("round " + i, "connections " + open + ", then " + run.open());
          say("heap after", heap() + " MiB; log " + log(run));
          run.awaitSlowOnesGone();
          say("slow ones gone", "connections " + run.open());
        } finally {
          abuse.destroyForcibly().waitFor();
        }
        run.awaitBackToNormal();
      }
      long quietMedian = median(quiet);
      long besideMedian = median(beside);

      say("p99 quiet", Arrays.toString(quiet) + ", beside abuse " + Arrays.toString(beside));
      assertThat(heap()).isLessThan(Runtime.getRuntime().maxMemory() >> 21);
      assertThat(besideMedian)
          .isLessThanOrEqualTo(Math.max(2 * quietMedian, quietMedian + SLICE_NANOS));
    }
  }

  private static long p99(long[] sorted) {
    return sorted[sorted.length * 99 / 100];
  }

  private static long median(long[] values) {
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** In MiB, what is of use. */
  private static long heap() {
    Runtime runtime = Runtime.getRuntime();
    runtime.gc();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
  }

  private static String log(AbuseRun run) {
    var memory = run.server().broker().stats().memory();
    return memory.bytes() / 1024 + " KiB, pinned " + memory.pinnedBytes() / 1024 + " KiB";
  }

  private static void say(String what, String words) {
    System.getLogger("latency").log(System.Logger.Level.INFO, () -> what + ": " + words);
  }
}
