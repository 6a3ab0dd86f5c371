package io.emque.cli.bench;

import java.util.Arrays;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** A result for people. */
public final class Summary {
  private static final int BAR = 40;
  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};
  private static final double NEARLY_ALL = 0.85;
  private static final int STEP_COUNT = 33;
  private static final long[] STEPS = steps();

  private Summary() {}

  /** Some lines. */
  public static String text(Result result) {
    var out = new StringBuilder();
    head(out, result);
    rates(out, result);
    checks(out, result);
    latency(out, result);
    load(out, result);
    return out.toString();
  }

  private static void head(StringBuilder out, Result result) {
    BenchOptions options = result.options();
    out.append(count(options.publishers(), "publisher"));
    out.append(" (").append(options.publishBy().word()).append(')');
    if (result.delivers()) {
      out.append(", ").append(count(options.subscribers(), "subscriber"));
      out.append(" (").append(options.subscribeBy().word()).append(')');
    } else {
      out.append(", no subscribers");
    }
    out.append(", ").append(count(options.topics(), "topic"));
    out.append(", ").append(number(options.payloadBytes())).append("-byte messages, ");
    out.append(result.servers().replace(",", ", ")).append('\n');
    out.append(pace(options));
    double measured = result.publishSeconds();
    out.append("; published for ").append(seconds(measured));
    if (!options.warmup().isZero()) {
      out.append(" after ").append(seconds(options.warmup().toNanos() / 1e9)).append(" of warm-up");
    }
    out.append(result.interrupted() ? ", then interrupted\n" : "\n");
    out.append('\n');
  }

  private static String pace(BenchOptions options) {
    String window =
        options.publishBy() == Protocol.HTTP
            ? "one request at a time each"
            : "at most " + number(options.window()) + " under way each";
    if (!options.openLoop()) {
      return "As fast as it goes, " + window;
    }
    String rate = number(options.rate()) + " messages/s are due";
    return options.window() == 0 ? rate : rate + ", " + window;
  }

  private static void rates(StringBuilder out, Result result) {
    rate(out, "published", result.published(), result.publishedPerSecond(), result);
    if (result.unsent() > 0) {
      out.append(String.format(Locale.ROOT, "%-10s %,16d messages", "NOT SENT", result.unsent()));
      out.append(" that were due: the rate is too high\n");
    }
    rate(
        out,
        result.delivers() ? "delivered" : "answered",
        result.delivered(),
        result.deliveredPerSecond(),
        result);
  }

  private static void rate(
      StringBuilder out, String what, long messages, double perSecond, Result result) {
    out.append(
        String.format(
            Locale.ROOT,
            "%-10s %,16d messages %,14.0f/s %,12.1f MB/s%n",
            what,
            messages,
            perSecond,
            perSecond * result.options().payloadBytes() / 1e6));
  }

  private static void checks(StringBuilder out, Result result) {
    Listener.Faults faults = result.faults();
    String what = result.delivers() ? "deliveries" : "messages";
    out.append(String.format(Locale.ROOT, "%-10s %,16d %s: ", "checked", result.expected(), what));
    if (result.missing() == 0) {
      out.append(result.delivers() ? "none lost" : "all answered");
    } else {
      out.append(number(result.missing()));
      out.append(
          !result.whole()
              ? " under way at the end"
              : result.delivers() ? " LOST" : " NOT ANSWERED");
    }
    if (result.delivers()) {
      fault(out, faults.disordered(), "out of order");
      fault(out, faults.duplicates(), "twice");
    }
    if (faults.damaged() > 0) {
      fault(out, faults.damaged(), "damaged");
    }
    if (faults.foreign() > 0) {
      out.append(", ").append(number(faults.foreign())).append(" of somebody else besides");
    }
    out.append('\n');
  }

  private static void fault(StringBuilder out, long count, String what) {
    out.append(", ").append(count == 0 ? "none" : number(count)).append(' ');
    out.append(count == 0 ? what : what.toUpperCase(Locale.ROOT));
  }

  // ---- latency

  private static void latency(StringBuilder out, Result result) {
    Histogram times = result.latency();
    if (times.getTotalCount() == 0) {
      return;
    }
    out.append("\nLatency, from ");
    out.append(result.options().openLoop() ? "when a message was due to its " : "sending to ");
    out.append(result.delivers() ? "delivery\n" : "answer\n");
    row(out, "min", times.getMinValue());
    for (double percentile : PERCENTILES) {
      String digits = percentile % 1 == 0 ? Long.toString((long) percentile) : "" + percentile;
      row(out, "p" + digits, times.getValueAtPercentile(percentile));
    }
    row(out, "max", times.getMaxValue());
    row(out, "mean", Math.round(times.getMean()));
    out.append('\n');
    bars(out, times);
  }

  private static void row(StringBuilder out, String name, long micros) {
    out.append(String.format(Locale.ROOT, "  %-7s %12s%n", name, time(micros)));
  }

  /** How many took less than each of 1, 2, 5, 10 … but not less than the one before. */
  private static void bars(StringBuilder out, Histogram times) {
    var counts = new long[STEPS.length];
    for (var value : times.recordedValues()) {
      counts[step(value.getValueIteratedTo())] += value.getCountAtValueIteratedTo();
    }
    long most = Arrays.stream(counts).max().orElse(1);
    int last = step(times.getMaxValue());
    for (int i = step(times.getMinValue()); i <= last; i++) {
      int bar = (int) Math.ceil((double) counts[i] * BAR / most);
      out.append(
          String.format(
              Locale.ROOT,
              "  < %7s %-" + BAR + "s %8.4f %% %,14d%n",
              time(STEPS[i]),
              "#".repeat(bar),
              100.0 * counts[i] / times.getTotalCount(),
              counts[i]));
    }
  }

  private static int step(long micros) {
    int at = Arrays.binarySearch(STEPS, micros);
    return at >= 0 ? at + 1 : -at - 1;
  }

  private static long[] steps() {
    var steps = new long[STEP_COUNT];
    long power = 1;
    for (int i = 0; i < steps.length; i += 3) {
      steps[i] = power;
      steps[i + 1] = 2 * power;
      steps[i + 2] = 5 * power;
      power *= 10;
    }
    return steps;
  }

  /** Whether this program, and not the server, may be what the figures show. */
  private static void load(StringBuilder out, Result result) {
    Histogram delay = result.delay();
    out.append('\n');
    if (delay.getTotalCount() > 0) {
      out.append("Publishers were behind by ").append(time(delay.getValueAtPercentile(50)));
      out.append(" (p50), ").append(time(delay.getValueAtPercentile(99)));
      out.append(" (p99), ").append(time(delay.getMaxValue()));
      out.append(" (max); that is part of the latency\n");
    }
    if (result.wallSeconds() > 0 && result.cpuSeconds() > 0) {
      int processors = Runtime.getRuntime().availableProcessors();
      double used = result.cpuSeconds() / result.wallSeconds();
      out.append(
          String.format(Locale.ROOT, "This program took %.2f of %d processors", used, processors));
      out.append(used > NEARLY_ALL * processors ? ": it may be what limits the figures\n" : "\n");
    }
  }

  // ---- words

  private static String count(int n, String what) {
    return number(n) + " " + what + (n == 1 ? "" : "s");
  }

  static String number(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.1f s", seconds);
  }

  /** With three digits that matter. */
  static String time(long micros) {
    if (micros < 1_000) {
      return micros + " µs";
    }
    double value = micros / 1e3;
    String unit = "ms";
    if (value >= 1_000) {
      value /= 1e3;
      unit = "s";
    }
    int digits = value == Math.rint(value) || value >= 100 ? 0 : value < 10 ? 2 : 1;
    return String.format(Locale.ROOT, "%." + digits + "f %s", value, unit);
  }
}
