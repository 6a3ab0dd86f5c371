package io.emque.transport.http;

import io.emque.engine.BrokerStats;
import io.emque.engine.Histogram;
import io.emque.engine.LogBroker;
import io.emque.transport.http.metrics.TrafficMetrics;
import java.time.Instant;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counters and levels of a broker as a JSON object, with rates since the sample before. One thread.
 */
final class StatsSampler {
  private static final double NANOS = 1e9;

  private final LogBroker broker;
  private final TrafficMetrics traffic;
  private final long startNanos;
  private @Nullable BrokerStats last;
  private long lastNanos;

  /**
   * @param startNanos when the broker began, of {@link System#nanoTime}
   */
  StatsSampler(LogBroker broker, TrafficMetrics traffic, long startNanos) {
    this.broker = broker;
    this.traffic = traffic;
    this.startNanos = startNanos;
  }

  String sample() {
    BrokerStats now = broker.stats();
    long nanos = System.nanoTime();
    String sample = JsonText.object(out -> write(out, now, nanos));
    last = now;
    lastNanos = nanos;
    return sample;
  }

  private void write(Output out, BrokerStats now, long nanos) {
    out.putUtf8("{\"time\":\"").putUtf8(Instant.now().toString()).put('"');
    put(out, "uptimeSeconds", (nanos - startNanos) / (long) NANOS);
    put(out, "published", now.published());
    put(out, "publishedBytes", now.publishedBytes());
    put(out, "delivered", now.delivered());
    put(out, "deliveredBytes", now.deliveredBytes());
    put(out, "missed", now.missed());
    put(out, "refused", now.refused());
    rates(out, now, nanos);
    put(out, "topics", now.topics());
    put(out, "subscribers", now.subscribers());
    out.putUtf8(",\"subscribersByProtocol\":{");
    String separator = "";
    for (var each : new TreeMap<>(now.readers().byProtocol()).entrySet()) {
      out.putUtf8(separator);
      JsonText.string(out, each.getKey());
      out.put(':').putNumber(each.getValue());
      separator = ",";
    }
    out.put('}');
    put(out, "lag", now.readers().lag());
    put(out, "maxLag", now.readers().maxLag());
    put(out, "connections", traffic.connections());
    put(out, "memoryBytes", now.memory().bytes());
    put(out, "memoryLimitBytes", now.memory().limitBytes());
    if (now.store() != null && now.store().bytes() >= 0) {
      put(out, "storeBytes", now.store().bytes());
      put(out, "storeFreeBytes", now.store().freeBytes());
    }
    out.put('}');
  }

  /** Null in the first sample. */
  private void rates(Output out, BrokerStats now, long nanos) {
    BrokerStats before = last;
    if (before == null) {
      out.putUtf8(
          ",\"publishedPerSecond\":null,\"deliveredPerSecond\":null,\"publishedBytesPerSecond\":null"
              + ",\"deliveredBytesPerSecond\":null,\"deliverySeconds\":null");
      return;
    }
    double seconds = (nanos - lastNanos) / NANOS;
    rate(out, "publishedPerSecond", now.published() - before.published(), seconds);
    rate(out, "deliveredPerSecond", now.delivered() - before.delivered(), seconds);
    rate(out, "publishedBytesPerSecond", now.publishedBytes() - before.publishedBytes(), seconds);
    rate(out, "deliveredBytesPerSecond", now.deliveredBytes() - before.deliveredBytes(), seconds);
    delivery(out, now.latency(), before.latency());
  }

  private static void rate(Output out, String name, long count, double seconds) {
    put(out, name, Math.round(Math.max(0, count) / seconds));
  }

  /** The bounds below which half, and 99 of 100, of the new durations lie; null without any. */
  private static void delivery(Output out, Histogram.Snapshot now, Histogram.Snapshot before) {
    long all = now.count() - before.count();
    if (all <= 0) {
      out.putUtf8(",\"deliverySeconds\":null");
      return;
    }
    out.putUtf8(",\"deliverySeconds\":{\"p50\":").putUtf8(bound(now, before, all * 0.5));
    out.putUtf8(",\"p99\":").putUtf8(bound(now, before, all * 0.99)).put('}');
  }

  private static String bound(Histogram.Snapshot now, Histogram.Snapshot before, double rank) {
    long seen = 0;
    long[] bounds = now.boundNanos();
    for (int i = 0; i < bounds.length; i++) {
      seen += now.counts()[i] - before.counts()[i];
      if (seen >= rank) {
        return Double.toString(bounds[i] / NANOS);
      }
    }
    return Double.toString(bounds[bounds.length - 1] / NANOS);
  }

  private static void put(Output out, String name, long value) {
    out.putUtf8(",\"").putUtf8(name).putUtf8("\":").putNumber(value);
  }
}
