package io.emque.engine;

import io.emque.api.BrokerException;
import io.emque.api.Publication;
import io.emque.api.SubscribeOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes a message and waits for it as a subscriber, in a topic of its own that nobody else can
 * name, that is not counted and not stored. All else it shares with every topic: the memory guard,
 * the clock, wake-ups, and the threads.
 *
 * <p><b>Threads:</b> any. One message is under way at a time, so a broker that hangs costs two
 * threads however often it is asked.
 */
final class Canary {
  private static final String NAME = "\0canary"; // no valid name
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();

  private final MemoryBroker broker;
  private final Topic topic;
  private @Nullable CompletableFuture<Void> flight; // under this object's monitor

  Canary(MemoryBroker broker) {
    this.broker = broker;
    this.topic = new Topic(NAME, "0", broker, new Counters(), () -> {});
  }

  /**
   * Whether a message comes through in time. A refusal, as while the broker drains, is an answer
   * too.
   */
  boolean comesThrough(Duration limit) throws InterruptedException {
    try {
      begin().get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return e.getCause() instanceof BrokerException;
    }
  }

  private synchronized CompletableFuture<Void> begin() {
    CompletableFuture<Void> underWay = flight;
    if (underWay == null || underWay.isDone()) {
      var begun = new CompletableFuture<Void>();
      flight = begun;
      Thread.ofVirtual().name("emque-canary").start(() -> fly(begun));
      return begun;
    }
    return underWay;
  }

  private void fly(CompletableFuture<Void> arrived) {
    try (Reader reader = open()) {
      Thread.ofVirtual().name("emque-canary-publish").start(() -> publish(arrived));
      Event event = Event.IDLE;
      while (event == Event.IDLE && !arrived.isDone()) {
        event = reader.read(PATIENCE_NANOS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      arrived.completeExceptionally(e);
    }
    topic.dropAll();
    arrived.complete(null);
  }

  private Reader open() {
    Reader reader = topic.open(SubscribeOptions.DEFAULT, "canary");
    if (reader == null) {
      throw new IllegalStateException("this topic is never removed");
    }
    return reader;
  }

  private void publish(CompletableFuture<Void> arrived) {
    try {
      Publication publication = Publication.of("canary");
      broker.admit(publication.payload().length, topic.counters());
      topic.append(publication);
    } catch (RuntimeException e) {
      arrived.completeExceptionally(e);
    }
  }
}
