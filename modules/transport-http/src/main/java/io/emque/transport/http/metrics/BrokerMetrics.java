package io.emque.transport.http.metrics;

import io.emque.engine.BrokerStats;
import io.emque.engine.GapReason;
import io.emque.engine.LogBroker;
import io.emque.engine.StoreStats;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** Messages, subscribers, memory and disk. */
public final class BrokerMetrics implements MetricsSource {
  private final LogBroker broker;

  /** Those of a broker. */
  public BrokerMetrics(LogBroker broker) {
    this.broker = broker;
  }

  @Override
  public void write(Exposition out) {
    BrokerStats stats = broker.stats();
    messages(out, stats);
    readers(out, stats);
    out.gauge("emque_topics", "Topics now.", stats.topics());
    out.gauge("emque_log_bytes", "Memory of all logs and stalled writes.", stats.memory().bytes());
    out.gauge("emque_log_limit_bytes", "Memory they may take.", stats.memory().limitBytes());
    out.gauge(
        "emque_log_pinned_bytes",
        "The part held by stalled writes alone.",
        stats.memory().pinnedBytes());
    if (stats.store() != null) {
      store(out, stats.store());
    }
  }

  private static void messages(Exposition out, BrokerStats stats) {
    out.counter("emque_messages_published_total", "Messages appended.", stats.published());
    out.counter(
        "emque_published_bytes_total", "Bytes of messages appended.", stats.publishedBytes());
    out.counter(
        "emque_messages_duplicate_total", "Publishes answered as duplicates.", stats.duplicates());
    out.counter(
        "emque_messages_refused_total", "Publishes refused for want of room.", stats.refused());
    out.counter(
        "emque_messages_delivered_total", "Messages written to subscribers.", stats.delivered());
    out.counter(
        "emque_delivered_bytes_total",
        "Bytes of messages written to subscribers.",
        stats.deliveredBytes());
    byReason(
        out,
        "emque_messages_missed_total",
        "Messages that subscribers were told they do not get.",
        stats,
        BrokerStats.Missed::messages);
    byReason(
        out,
        "emque_gaps_total",
        "How often subscribers were told so.",
        stats,
        BrokerStats.Missed::gaps);
    out.histogram(
        "emque_delivery_seconds",
        "From publish to written, by the first message of sampled batches.",
        stats.latency());
  }

  private static void byReason(
      Exposition out,
      String name,
      String help,
      BrokerStats stats,
      ToLongFunction<BrokerStats.Missed> value) {
    out.counters(
        name,
        help,
        samples -> {
          for (var each : new TreeMap<>(stats.gaps()).entrySet()) {
            samples.add(value.applyAsLong(each.getValue()), "reason", lower(each.getKey()));
          }
        });
  }

  private static String lower(GapReason reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  private static void readers(Exposition out, BrokerStats stats) {
    BrokerStats.Readers readers = stats.readers();
    out.gauges(
        "emque_subscribers",
        "Subscribers now.",
        samples ->
            new TreeMap<>(readers.byProtocol())
                .forEach((protocol, count) -> samples.add(count, "protocol", protocol)));
    out.gauge(
        "emque_lag_messages",
        "Messages that subscribers have yet to be handed, all together.",
        readers.lag());
    out.gauge(
        "emque_lag_max_messages", "The most that one of them has yet to get.", readers.maxLag());
    out.counter(
        "emque_slow_episodes_total",
        "How often a subscriber that had caught up fell off the log.",
        stats.slowEpisodes());
    out.counter(
        "emque_subscribers_evicted_total", "Slow subscribers that were closed.", stats.evicted());
  }

  private static void store(Exposition out, StoreStats store) {
    out.gauge("emque_store_topics", "Topics with messages on disk.", store.topics());
    out.counter(
        "emque_store_appends_total", "Publishes and batches handed to the store.", store.appends());
    out.histogram(
        "emque_store_fsync_seconds", "Forcing a topic's files to the disk.", store.forces());
    out.counter("emque_store_errors_total", "Appends and forces that failed.", store.errors());
    out.counter(
        "emque_store_full_refusals_total",
        "Appends refused because the disk was full.",
        store.fullRefusals());
    known(out, "emque_store_free_bytes", "Disk that may still be written.", store.freeBytes());
    known(out, "emque_store_bytes", "Disk that messages take, up to 15 s old.", store.bytes());
    known(out, "emque_store_open_logs", "Topics that hold files open.", store.openLogs());
    if (store.damagedRecords() >= 0) {
      out.counter(
          "emque_store_damaged_records_total",
          "Messages found that cannot be read.",
          store.damagedRecords());
    }
  }

  private static void known(Exposition out, String name, String help, long value) {
    if (value >= 0) {
      out.gauge(name, help, value);
    }
  }
}
