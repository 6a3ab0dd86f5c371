package io.emque.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

class BenchmarksTest {
  @Test
  void everyBenchmarkRuns() throws Exception {
    var briefly =
        new OptionsBuilder()
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(1))
            .param("bytes", "100")
            .param("publishers", "1", "8")
            .param("subscribers", "10")
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();

    var results = new Runner(briefly).run();

    assertThat(results).hasSizeGreaterThan(15);
    assertThat(results)
        .allSatisfy(result -> assertThat(result.getPrimaryResult().getScore()).isPositive());
  }

  @Test
  void whatIsMeasuredAgainReplacesWhatWasThere(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("results").resolve("jmh.json");
    var results = new Results(file);

    results.add("[%s, %s]".formatted(result("A.a", 1), result("A.b", 2)));
    results.write();
    var again = new Results(file);
    again.add("[%s]".formatted(result("A.a", 3)));
    again.write();

    var written = JsonParser.parseString(Files.readString(file)).getAsJsonArray();
    assertThat(written).hasSize(2);
    var first = written.get(0).getAsJsonObject();
    assertThat(first.getAsJsonObject("primaryMetric").get("score").getAsInt()).isEqualTo(3);
    assertThat(first.getAsJsonObject("machine").keySet())
        .containsExactly("cpu", "cores", "jdk", "kernel");
  }

  private static String result(String benchmark, int score) {
    return """
        {"benchmark": "%s", "mode": "avgt", "threads": 1, "jvm": "/somewhere/java",
         "primaryMetric": {"score": %d, "rawData": []}}"""
        .formatted(benchmark, score);
  }
}
