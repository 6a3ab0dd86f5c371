package io.emque.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A live subscription: a position in a topic's log that moves as it is read.
 *
 * <p><b>Threads:</b> one thread at a time reads; any thread may close.
 *
 * <p><b>Errors:</b> when the broker ends the subscription, reading throws a {@link BrokerException}
 * with {@link ErrorCode#SLOW_CONSUMER} or {@link ErrorCode#DRAINING}, after everything that was due
 * before it.
 */
public interface Subscription extends AutoCloseable {
  /** The topic. */
  String topic();

  /** The position that comes next; changes as deliveries are taken. */
  Cursor next();

  /**
   * Waits for the next delivery.
   *
   * @return null once the subscription was closed from this side
   * @throws InterruptedException when the thread was interrupted; the subscription stays open
   */
  @Nullable Delivery take() throws InterruptedException;

  /**
   * Waits for the next delivery for at most {@code timeout}.
   *
   * @return null when the time passed, or once the subscription was closed from this side
   * @throws InterruptedException when the thread was interrupted; the subscription stays open
   */
  @Nullable Delivery poll(Duration timeout) throws InterruptedException;

  /** Ends it; a thread that waits returns. Closing twice is harmless. */
  @Override
  void close();
}
