package io.emque.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static Result result(long missing, boolean interrupted, boolean whole) {
    var latency = new Histogram(Latencies.MOST, 3);
    for (int i = 1; i <= 1_000; i++) {
      latency.recordValue(i * 10L);
    }
    return new Result(
        Heard.OPTIONS,
        "one:8081,two:8081",
        "foo",
        1_000,
        0,
        2,
        1_000,
        2.5,
        1_100,
        1_100 - missing,
        new Listener.Faults(0, 0, 0, 3),
        whole,
        latency,
        new Histogram(Latencies.MOST, 3),
        1.5,
        3,
        interrupted,
        null);
  }

  @Test
  void jsonAndCsvSayTheSame() throws Exception {
    var result = result(7, false, true);

    var json = JsonParser.parseString(Report.json(result)).getAsJsonObject();
    List<String> csv = Report.csv(result).lines().toList();

    assertThat(csv).hasSize(2);
    String[] names = csv.get(0).split(",");
    String[] values =
        csv.get(1).replace("\"one:8081,two:8081\"", "one:8081;two:8081").split(",", -1);
    assertThat(names).hasSize(json.size() - 1);
    for (int i = 0; i < names.length; i++) {
      if (!names[i].equals("complaint") && !names[i].equals("servers")) {
        assertThat(json.get(names[i]).getAsString()).isEqualTo(values[i]);
      }
    }
    assertThat(json.get("publishedPerSecond").getAsLong()).isEqualTo(500);
    assertThat(json.get("deliveredPerSecond").getAsLong()).isEqualTo(400);
    assertThat(json.get("lost").getAsLong()).isEqualTo(7);
    assertThat(json.get("latencyP999Micros").getAsLong()).isBetween(9_980L, 10_000L);
  }

  @Test
  void histogramIsOneThatOthersRead() throws Exception {
    var json = JsonParser.parseString(Report.json(result(0, false, true))).getAsJsonObject();
    byte[] hdr = Base64.getDecoder().decode(json.get("latencyHdr").getAsString());

    var read = Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(hdr), 0);

    assertThat(read.getTotalCount()).isEqualTo(1_000);
    assertThat(read.getValueAtPercentile(50)).isBetween(4_990L, 5_010L);
  }

  @Test
  void peopleAreToldTheSame() {
    String text = Summary.text(result(7, false, true));

    assertThat(text)
        .contains("1,000 messages            500/s")
        .contains("1,100 deliveries: 7 LOST, none out of order, none twice, 3 of somebody else")
        .contains("Latency, from sending to delivery")
        .containsPattern("p50 +5\\.00 ms|p50 +5 ms")
        .contains("This program took 0.50 of ");
    assertThat(result(7, false, true).complaint()).startsWith("7 of 1100 deliveries were lost; ");
  }

  @Test
  void whatWasUnderWayAtAnInterruptionIsNotLost() {
    assertThat(Summary.text(result(7, true, false))).contains(": 7 under way at the end");
    assertThat(result(7, true, false).complaint()).isNull();
  }

  @Test
  void barsAddUpToAll() {
    long sum =
        Summary.text(result(0, false, true))
            .lines()
            .filter(line -> line.startsWith("  < "))
            .mapToLong(
                line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1).replace(",", "")))
            .sum();

    assertThat(sum).isEqualTo(1_000);
  }
}
