package io.emque.transport.http;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.Publication;
import io.emque.api.SubscribeOptions;
import io.emque.engine.EngineOptions;
import io.emque.engine.LogBroker;
import io.emque.engine.MemoryBroker;
import io.emque.engine.Reader;
import io.emque.transport.http.metrics.TrafficMetrics;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the broker does, once a second, as messages of a log of its own: whoever looks reads it as
 * any topic is read, from the past minutes on, and resumes by cursor. It is computed once for all
 * who look, and not at all a while after the last of them has left.
 *
 * <p><b>Threads:</b> any.
 */
final class StatsFeed {
  private static final System.Logger LOG = System.getLogger(StatsFeed.class.getName());

  /** What its log calls itself. */
  static final String TOPIC = "stats";

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** A page that is loaded again, or loses its connection, finds what it had. */
  private static final long LINGER = Duration.ofSeconds(90).toNanos();

  /** With very many topics a look takes its time; at most this part of it is spent looking. */
  private static final int MAX_SHARE = 20;

  private static final EngineOptions LIMITS =
      EngineOptions.DEFAULT
          .retainAge(Duration.ofMinutes(15))
          .retainBytes(1024 * 1024)
          .memoryBytes(4 * 1024 * 1024);

  private final LogBroker broker;
  private final TrafficMetrics traffic;
  private final long startNanos = System.nanoTime();
  private final ReentrantLock lock = new ReentrantLock();

  // Under the lock.
  private @Nullable MemoryBroker log;
  private boolean ended;

  StatsFeed(LogBroker broker, TrafficMetrics traffic) {
    this.broker = broker;
    this.traffic = traffic;
  }

  /**
   * Somebody looks.
   *
   * @throws io.emque.api.BrokerException when the broker is stopping
   */
  Reader open(SubscribeOptions subscribe, String protocol) {
    lock.lock();
    try {
      MemoryBroker current = log;
      if (current == null) {
        current = new MemoryBroker(LIMITS);
        log = current;
        if (ended) {
          current.close(); // and refuses
        } else {
          MemoryBroker fed = current;
          Thread.ofVirtual().name("emque-stats").start(() -> feed(fed));
        }
      }
      return current.open(TOPIC, subscribe, protocol);
    } finally {
      lock.unlock();
    }
  }

  /** Whoever looks gets what there is, and a goodbye. */
  void drain() {
    lock.lock();
    try {
      ended = true;
      if (log != null) {
        log.close();
      }
    } finally {
      lock.unlock();
    }
  }

  private void feed(MemoryBroker into) {
    long lookedAt = System.nanoTime();
    var sampler = new StatsSampler(broker, traffic, startNanos);
    while (true) {
      long begin = System.nanoTime();
      if (isWatched(into)) {
        lookedAt = begin;
      } else if (begin - lookedAt > LINGER && endUnwatched(into)) {
        return;
      }
      lock.lock();
      try {
        if (ended) {
          return;
        }
      } finally {
        lock.unlock();
      }
      try {
        into.publish(TOPIC, Publication.of(sampler.sample()));
      } catch (RuntimeException e) {
        LOG.log(WARNING, "what the broker does could not be told; it goes on", e);
      }
      long took = System.nanoTime() - begin;
      try {
        Thread.sleep(Duration.ofNanos(Math.max(SECOND - took, took * MAX_SHARE)));
      } catch (InterruptedException e) {
        return; // nobody does
      }
    }
  }

  private static boolean isWatched(MemoryBroker into) {
    return into.topic(TOPIC).stream().anyMatch(topic -> !topic.subscribers().isEmpty());
  }

  /** Returns false when somebody came meanwhile. */
  private boolean endUnwatched(MemoryBroker unwatched) {
    lock.lock();
    try {
      if (isWatched(unwatched)) {
        return false;
      }
      log = null;
      unwatched.close();
      return true;
    } finally {
      lock.unlock();
    }
  }
}
