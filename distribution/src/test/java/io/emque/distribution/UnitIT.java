package io.emque.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The unit of systemd, as systemd itself judges it. */
class UnitIT {
  private static final Path UNIT = Path.of("src/packages/systemd/emque.service").toAbsolutePath();
  private static final Pattern SCORE = Pattern.compile("exposure level for \\S+: ([0-9.]+)");

  /** 0 is a service that can do nothing, 10 one that can do everything. */
  private static final double WORST = 1.5;

  @Test
  void exposesLittle() throws Exception {
    String said = systemdAnalyze("security", "--offline=true", UNIT.toString());

    var score = SCORE.matcher(said);
    assertThat(score.find()).as(said).isTrue();
    System.out.println("systemd-analyze security: " + score.group(1));
    assertThat(Double.parseDouble(score.group(1))).isLessThanOrEqualTo(WORST);
  }

  private static String systemdAnalyze(String... arguments) throws Exception {
    var command = Stream.concat(Stream.of("systemd-analyze"), Stream.of(arguments)).toList();
    if (!run(List.of("systemd-analyze", "--version")).contains("systemd")) {
      return abort("SKIPPED: systemd-analyze is not there");
    }
    String said = run(command);
    return said.contains("unrecognized option '--offline")
        ? abort("SKIPPED: this systemd-analyze looks at running services alone")
        : said;
  }

  private static String run(List<String> command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), UTF_8);
      process.waitFor();
      return said;
    } catch (IOException notThere) {
      return "";
    }
  }
}
