package io.emque.transport.http.metrics;

import io.emque.engine.Histogram;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Metrics as Prometheus' text format, version 0.0.4. One thread.
 *
 * <p>Names end with their unit, counters with {@code _total}. Labels have few values, known
 * beforehand or bounded: never a topic, a client or a message.
 */
public final class Exposition {
  /** The media type of the text. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final double NANOS = 1e9;
  private static final double EXACT = 0x1p53; // below, a double is its whole number

  private final StringBuilder text = new StringBuilder(16 * 1024);
  private final Set<String> names = new HashSet<>();

  /** Without metrics. */
  public Exposition() {}

  /** A counter without labels. */
  public void counter(String name, String help, long value) {
    counters(name, help, samples -> samples.add(value));
  }

  /** A counter without labels. */
  public void counter(String name, String help, double value) {
    counters(name, help, samples -> samples.add(value));
  }

  /** A counter for each of some label values. */
  public void counters(String name, String help, Consumer<Samples> samples) {
    if (!name.endsWith("_total")) {
      throw new IllegalArgumentException("a counter is called _total, not " + name);
    }
    family(name, help, "counter", samples);
  }

  /** A level without labels. */
  public void gauge(String name, String help, long value) {
    gauges(name, help, samples -> samples.add(value));
  }

  /** A level without labels. */
  public void gauge(String name, String help, double value) {
    gauges(name, help, samples -> samples.add(value));
  }

  /** A level for each of some label values. */
  public void gauges(String name, String help, Consumer<Samples> samples) {
    family(name, help, "gauge", samples);
  }

  private void family(String name, String help, String type, Consumer<Samples> samples) {
    head(name, help, type);
    samples.accept(new Samples(name));
  }

  /** Durations by buckets, in seconds. */
  public void histogram(String name, String help, Histogram.Snapshot durations) {
    if (!name.endsWith("_seconds")) {
      throw new IllegalArgumentException("durations are called _seconds, not " + name);
    }
    head(name, help, "histogram");
    long below = 0;
    for (int i = 0; i < durations.boundNanos().length; i++) {
      below += durations.counts()[i];
      bucket(name, number(durations.boundNanos()[i] / NANOS), below);
    }
    bucket(name, "+Inf", durations.count());
    new Samples(name + "_sum").add(durations.sumNanos() / NANOS);
    new Samples(name + "_count").add(durations.count());
  }

  private void bucket(String name, String bound, long count) {
    new Samples(name + "_bucket").add(count, "le", bound);
  }

  /** How often something happened and how long it took in all, in seconds. */
  public void summaries(
      String name, String help, Map<String, long[]> nanosAndCounts, String label) {
    head(name, help, "summary");
    nanosAndCounts.forEach(
        (value, both) -> {
          new Samples(name + "_sum").add(both[0] / NANOS, label, value);
          new Samples(name + "_count").add(both[1], label, value);
        });
  }

  private void head(String name, String help, String type) {
    if (!name.matches("[a-z][a-z0-9_]*") || !names.add(name)) {
      throw new IllegalArgumentException("there is a metric " + name + " already, or may be none");
    }
    text.append("# HELP ").append(name).append(' ').append(escaped(help)).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private static String escaped(String words) {
    return words.replace("\\", "\\\\").replace("\n", "\\n");
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < EXACT
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  @Override
  public String toString() {
    return text.toString();
  }

  /** The lines of one family. */
  public final class Samples {
    private final String name;

    private Samples(String name) {
      this.name = name;
    }

    /**
     * A value.
     *
     * @param labels names and values in turn
     */
    public void add(long value, String... labels) {
      line(Long.toString(value), labels);
    }

    /**
     * A value.
     *
     * @param labels names and values in turn
     */
    public void add(double value, String... labels) {
      line(number(value), labels);
    }

    private void line(String value, String... labels) {
      text.append(name);
      for (int i = 0; i < labels.length; i += 2) {
        text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
        text.append(escaped(labels[i + 1]).replace("\"", "\\\"")).append('"');
      }
      text.append(labels.length == 0 ? " " : "} ").append(value).append('\n');
    }
  }
}
