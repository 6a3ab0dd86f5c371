package io.emque.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes many messages to a topic without waiting for each answer. {@link #flush} waits for all
 * and tells the first refusal; after one, {@link #send} refuses further messages until it was told.
 *
 * <p><b>Threads:</b> any; messages of one thread keep their order.
 */
public final class BatchPublisher implements AutoCloseable {
  private final Emque emque;
  private final String topic;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition answered = lock.newCondition();

  // Under the lock.
  private long pending;
  private long acknowledged;
  private @Nullable BrokerException refusal;

  BatchPublisher(Emque emque, String topic) {
    this.emque = emque;
    this.topic = topic;
  }

  /** Publishes a payload; waits only while too much is on its way. */
  public void send(byte[] payload) {
    send(Publication.of(payload));
  }

  /** Publishes a text, in UTF-8. */
  public void send(String text) {
    send(text.getBytes(UTF_8));
  }

  /**
   * Publishes a message; waits only while too much is on its way.
   *
   * @throws BrokerException the refusal of an earlier message
   */
  @SuppressWarnings("FutureReturnValueIgnored") // answered() is told of everything
  public void send(Publication publication) {
    lock.lock();
    try {
      tellRefusal();
      pending++;
    } finally {
      lock.unlock();
    }
    emque.publishAsync(topic, publication).whenComplete((published, e) -> answered(e));
  }

  private void answered(@Nullable Throwable e) {
    lock.lock();
    try {
      pending--;
      if (e == null) {
        acknowledged++;
      } else if (refusal == null) {
        refusal = refusal(e);
      }
      if (pending == 0) {
        answered.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private static BrokerException refusal(Throwable e) {
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    return cause instanceof BrokerException refusal
        ? refusal
        : new BrokerException(ErrorCode.INTERNAL, "publishing failed: " + cause);
  }

  /** How many messages were taken so far. */
  public long acknowledged() {
    lock.lock();
    try {
      return acknowledged;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the answer to every message sent.
   *
   * @throws BrokerException the first refusal since the last one that was told
   */
  public void flush() {
    lock.lock();
    try {
      while (pending > 0) {
        answered.awaitUninterruptibly();
      }
      tellRefusal();
    } finally {
      lock.unlock();
    }
  }

  private void tellRefusal() {
    BrokerException told = refusal;
    if (told != null) {
      refusal = null;
      throw told;
    }
  }

  /** As {@link #flush}. */
  @Override
  public void close() {
    flush();
  }
}
