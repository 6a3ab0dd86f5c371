package io.emque.api;

import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
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
public interface Subscription extends AutoCloseable, Iterable<Delivery> {
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

  /**
   * What is delivered from now on, as {@link #take} gives it. It ends once the subscription was
   * closed from this side; an interrupt ends it too and is left set.
   */
  @Override
  default Iterator<Delivery> iterator() {
    return new Iterator<>() {
      private @Nullable Delivery ahead;

      @Override
      public boolean hasNext() {
        if (ahead == null) {
          try {
            ahead = take();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        }
        return ahead != null;
      }

      @Override
      public Delivery next() {
        if (!hasNext() || ahead == null) {
          throw new NoSuchElementException("the subscription was closed");
        }
        Delivery delivery = ahead;
        ahead = null;
        return delivery;
      }
    };
  }

  /** {@link #iterator} as a sequential stream, which closes the subscription when it is closed. */
  default Stream<Delivery> stream() {
    return StreamSupport.stream(spliterator(), false).onClose(this::close);
  }

  /** Ends it; a thread that waits returns. Closing twice is harmless. */
  @Override
  void close();
}
