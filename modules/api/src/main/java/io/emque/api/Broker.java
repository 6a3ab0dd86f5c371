package io.emque.api;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Publishes to topics and subscribes to them.
 *
 * <p><b>Threads:</b> every method may be called from any thread. Messages that one thread publishes
 * to a topic keep their order; every subscriber of a topic sees the same order.
 *
 * <p><b>Errors:</b> refusals are {@link BrokerException}s.
 */
public interface Broker extends AutoCloseable {
  /**
   * Publishes one message. When this returns, every subscription open before it will see the
   * message or be told of the gap. Blocks only for a subscriber with {@link SlowPolicy#BLOCK}.
   */
  Published publish(String topic, Publication publication);

  /** Publishes a payload without id or headers. */
  default Published publish(String topic, byte[] payload) {
    return publish(topic, Publication.of(payload));
  }

  /** Publishes a text, in UTF-8. */
  default Published publish(String topic, String text) {
    return publish(topic, Publication.of(text));
  }

  /**
   * Publishes one message without waiting for the answer. Messages that one thread publishes to a
   * topic keep their order. May block while too much is on its way.
   *
   * @return completes exceptionally with the {@link BrokerException} of a refusal
   */
  default CompletableFuture<Published> publishAsync(String topic, Publication publication) {
    try {
      return CompletableFuture.completedFuture(publish(topic, publication));
    } catch (BrokerException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Subscribes; what is published from now on, or what the options ask for, waits to be read. */
  Subscription subscribe(String topic, SubscribeOptions options);

  /**
   * Subscribes and calls {@code handler} for each delivery, in order, on a virtual thread of its
   * own. The subscription ends when it is closed, when the broker ends it, or when the handler
   * throws; either of the latter is logged.
   */
  Subscription subscribe(String topic, SubscribeOptions options, Consumer<Delivery> handler);

  /**
   * Lists topics in the order of their names.
   *
   * @param after names up to this one are left out; null to start with the first
   * @param limit most entries, positive
   */
  List<TopicInfo> topics(@Nullable String after, int limit);

  /** One topic, if it is there now. */
  Optional<TopicInfo> topic(String name);

  /**
   * Removes a topic with all its messages, on disk too; its subscribers are ended with {@link
   * ErrorCode#TOPIC_UNKNOWN}. What is published next begins a new one.
   *
   * @return whether it was there
   * @throws BrokerException {@link ErrorCode#STORE_FAILED}, and behind a network {@link
   *     ErrorCode#UPSTREAM_FAILED} when a server could not be asked
   */
  boolean delete(String name);

  /** Ends every subscription and refuses publishes from now on. Closing twice is harmless. */
  @Override
  void close();
}
