package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Slow heads, subscribers that never read, silent sockets and a body without an end do not cost one
 * who means well a single message. {@link AbuseLatencyTest} has more of them, and a clock.
 */
@Timeout(240)
class AbuseTest {
  @Test
  void oneWhoMeansWellGetsEveryMessageAndTheOthersAreThrownOut() throws Exception {
    try (var run = new AbuseRun(300, 300, 100, Duration.ofSeconds(3))) {
      Process abuse = run.abuse();
      try {
        run.wellMeant(2_000, 1_000);
        run.awaitSlowOnesGone();
        assertThat(run.server().broker().topic("bar")).isEmpty();
      } finally {
        abuse.destroyForcibly().waitFor();
      }
      run.awaitBackToNormal();
      run.wellMeant(100, 1_000);
    }
  }
}
