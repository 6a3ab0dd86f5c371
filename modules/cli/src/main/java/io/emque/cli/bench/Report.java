package io.emque.cli.bench;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** A result for machines. */
public final class Report {
  private static final double[] PERCENTILES = {50, 75, 90, 99, 99.9, 99.99};

  private Report() {}

  /** One JSON object: what {@link #csv} has, and the histogram in HdrHistogram's own format. */
  public static String json(Result result) {
    var text = new StringWriter();
    try (var json = new JsonWriter(text)) {
      json.setHtmlSafe(false);
      json.beginObject();
      for (var field : fields(result).entrySet()) {
        json.name(field.getKey());
        switch (field.getValue()) {
          case String word -> json.value(word);
          case Boolean bool -> json.value(bool);
          case Number number -> json.value(number);
          default -> throw new IllegalStateException(field.getKey());
        }
      }
      json.name("latencyHdr").value(encoded(result.latency()));
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string cannot fail to be written", e);
    }
    return text + "\n";
  }

  /** A line of names and a line of values. */
  public static String csv(Result result) {
    Map<String, Object> fields = fields(result);
    return String.join(",", fields.keySet())
        + "\n"
        + fields.values().stream()
            .map(value -> quoted(String.valueOf(value)))
            .collect(Collectors.joining(","))
        + "\n";
  }

  private static String quoted(String value) {
    return value.matches("[^\",\\r\\n]*") ? value : "\"" + value.replace("\"", "\"\"") + "\"";
  }

  private static Map<String, Object> fields(Result result) {
    var fields = new LinkedHashMap<String, Object>();
    BenchOptions options = result.options();
    fields.put("servers", result.servers());
    fields.put("topic", result.topic());
    fields.put("publishers", options.publishers());
    fields.put("subscribers", options.subscribers());
    fields.put("topics", options.topics());
    fields.put("payloadBytes", options.payloadBytes());
    fields.put("publishBy", options.publishBy().word());
    fields.put("subscribeBy", options.subscribeBy().word());
    fields.put("rate", options.rate());
    fields.put("window", options.window());
    fields.put("warmupSeconds", options.warmup().toNanos() / 1e9);
    fields.put("published", result.published());
    fields.put("unsent", result.unsent());
    fields.put("publishSeconds", rounded(result.publishSeconds()));
    fields.put("publishedPerSecond", Math.round(result.publishedPerSecond()));
    fields.put("delivered", result.delivered());
    fields.put("deliverSeconds", rounded(result.deliverSeconds()));
    fields.put("deliveredPerSecond", Math.round(result.deliveredPerSecond()));
    fields.put("checked", result.expected());
    fields.put("lost", result.whole() ? result.missing() : 0);
    fields.put("underWay", result.whole() ? 0 : result.missing());
    fields.put("duplicates", result.faults().duplicates());
    fields.put("outOfOrder", result.faults().disordered());
    fields.put("damaged", result.faults().damaged());
    fields.put("foreign", result.faults().foreign());
    fields.put("latencyOf", result.delivers() ? "delivery" : "answer");
    times(fields, "latency", result.latency());
    times(fields, "delay", result.delay());
    fields.put("cpuSeconds", rounded(result.cpuSeconds()));
    fields.put("wallSeconds", rounded(result.wallSeconds()));
    fields.put("interrupted", result.interrupted());
    String complaint = result.complaint();
    fields.put("complaint", complaint == null ? "" : complaint);
    return fields;
  }

  /** All in microseconds; zeros where nothing was timed. */
  private static void times(Map<String, Object> fields, String name, Histogram times) {
    boolean some = times.getTotalCount() > 0;
    fields.put(name + "MinMicros", some ? times.getMinValue() : 0);
    fields.put(name + "MeanMicros", some ? rounded(times.getMean()) : 0);
    for (double percentile : PERCENTILES) {
      String digits = percentile % 1 == 0 ? Long.toString((long) percentile) : "" + percentile;
      fields.put(
          name + "P" + digits.replace(".", "") + "Micros",
          some ? times.getValueAtPercentile(percentile) : 0);
    }
    fields.put(name + "MaxMicros", some ? times.getMaxValue() : 0);
  }

  private static double rounded(double value) {
    return Math.round(value * 1e6) / 1e6;
  }

  private static String encoded(Histogram times) {
    var buffer = ByteBuffer.allocate(times.getNeededByteBufferCapacity());
    int length = times.encodeIntoCompressedByteBuffer(buffer);
    return Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(buffer.array(), length));
  }
}
