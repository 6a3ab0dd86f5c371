package io.emque.cli.bench;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What a run has shown. Counts and rates leave the warm-up out; faults do not.
 *
 * @param published messages
 * @param unsent messages that were due and could not be sent in time: the rate was too much
 * @param publishSeconds how long publishers took for them
 * @param delivered messages that subscribers got; where there are none, that servers answered
 * @param deliverSeconds from the start to the last of these
 * @param expected deliveries that there should be of all that was sent, warm-up included
 * @param arrived of these, those that came
 * @param faults what was wrong with others
 * @param whole whether everything had time to come; else what is missing may have been under way
 * @param latency microseconds from when a message was due to its delivery, or its answer
 * @param delay microseconds from when a message was due until the publisher handed it over; empty
 *     without a rate
 * @param cpuSeconds processor time of this process, over {@code wallSeconds}
 * @param failure why the run ended early; null when it did not
 */
public record Result(
    BenchOptions options,
    String servers,
    String topic,
    long published,
    long unsent,
    double publishSeconds,
    long delivered,
    double deliverSeconds,
    long expected,
    long arrived,
    Listener.Faults faults,
    boolean whole,
    Histogram latency,
    Histogram delay,
    double cpuSeconds,
    double wallSeconds,
    boolean interrupted,
    @Nullable String failure) {
  /** Messages that did not come, be they lost or, after a run cut short, under way. */
  long missing() {
    return expected - arrived;
  }

  double publishedPerSecond() {
    return perSecond(published, publishSeconds);
  }

  double deliveredPerSecond() {
    return perSecond(delivered, deliverSeconds);
  }

  private static double perSecond(long count, double seconds) {
    return seconds > 0 ? count / seconds : 0;
  }

  /** Whether latency is that of deliveries, and not of answers. */
  boolean delivers() {
    return options.subscribers() > 0;
  }

  /** What went wrong, in one line that names the way out; null when nothing did. */
  public @Nullable String complaint() {
    if (failure != null) {
      return failure + "; the figures end there";
    }
    if (interrupted) {
      return null;
    }
    long lost = missing();
    String checked = " of " + expected + (delivers() ? " deliveries" : " messages");
    if (lost > 0) {
      return lost
          + checked
          + (delivers() ? " were lost" : " were not answered")
          + "; lower --rate or --window, or let the server keep more (retain_bytes, memory)";
    }
    if (unsent > 0) {
      return unsent + " messages that were due could not be sent in time; lower --rate";
    }
    if (faults.damaged() > 0) {
      return faults.damaged() + checked + " were not as they were sent";
    }
    if (faults.duplicates() + faults.disordered() > 0) {
      return faults.duplicates()
          + " duplicates and "
          + faults.disordered()
          + " out of order"
          + checked
          + "; the server does not keep each publisher's order";
    }
    return null;
  }
}
