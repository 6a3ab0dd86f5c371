package io.emque.engine;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import java.util.concurrent.CompletableFuture;

/** Publishes to one topic. Any thread; what one thread appends keeps its order. */
public interface Appender {
  /** The topic's name. */
  String topic();

  /**
   * Appends one message.
   *
   * @throws BrokerException {@link ErrorCode#MESSAGE_TOO_LARGE}, {@link ErrorCode#OVERLOADED},
   *     {@link ErrorCode#DRAINING}, {@link ErrorCode#TOO_MANY_TOPICS}, and behind a proxy {@link
   *     ErrorCode#UPSTREAM_FAILED}
   */
  Published append(Publication publication);

  /**
   * Appends one message without waiting for an answer that takes a while: messages on their way
   * keep their order. Blocks for backpressure alone.
   *
   * @return completes exceptionally with what {@link #append(Publication)} throws
   */
  default CompletableFuture<Published> appendAsync(Publication publication) {
    try {
      return CompletableFuture.completedFuture(append(publication));
    } catch (BrokerException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Appends a batch, which must not be empty, in its order. Batches follow each other without
   * waiting for the disk: nobody is to be answered before {@link #sync} has returned.
   *
   * @return the last message's answer
   * @throws BrokerException as for one message; {@link MessageBatch#taken} tells how many were
   *     appended before it
   */
  Published append(MessageBatch batch);

  /**
   * Waits until the batches that were appended through this are as safe as their answers say.
   *
   * @throws BrokerException {@link ErrorCode#STORE_FAILED} when they cannot be made so
   */
  default void sync() {}
}
