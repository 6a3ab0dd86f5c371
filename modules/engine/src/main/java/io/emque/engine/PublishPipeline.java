package io.emque.engine;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes one message after the other without waiting for answers that take a while, and hands
 * the answers on in the same order.
 *
 * <p><b>Threads:</b> one thread publishes. {@link Answers} are called by it, as long as answers
 * come at once, and otherwise by a virtual thread of the pipeline's own; never by two at a time.
 */
public final class PublishPipeline implements AutoCloseable {
  /** Most messages on their way; behind them publishing waits. */
  static final int MAX_PENDING = 4_096;

  /** Most bytes on their way, unless it is one message. */
  static final long MAX_PENDING_BYTES = 8 * 1024 * 1024;

  private final Answers answers;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Under the lock.
  private final Queue<Pending> pending = new ArrayDeque<>();
  private long pendingBytes;
  private boolean answering; // the pipeline's thread has the answers
  private boolean closed;

  /** A pipeline without messages. */
  public PublishPipeline(Answers answers) {
    this.answers = answers;
  }

  /** Publishes; waits while too much is on its way. */
  public void publish(Appender appender, Publication publication) {
    take(appender.appendAsync(publication), publication.payload().length);
  }

  /** Answers in the place of a message that cannot be published. */
  public void refuse(BrokerException reason) {
    take(CompletableFuture.failedFuture(reason), 0);
  }

  /** Nothing more is there now: answers that are known go out. */
  public void endBatch() {
    lock.lock();
    try {
      if (answering) {
        return; // that thread flushes
      }
    } finally {
      lock.unlock();
    }
    answers.flush();
  }

  private void take(CompletableFuture<Published> answer, int bytes) {
    lock.lock();
    try {
      if (!answering && answer.isDone()) {
        hand(answer);
        return;
      }
      while (!closed
          && !pending.isEmpty()
          && (pending.size() >= MAX_PENDING || pendingBytes + bytes > MAX_PENDING_BYTES)) {
        changed.awaitUninterruptibly();
      }
      pending.add(new Pending(answer, bytes));
      pendingBytes += bytes;
      if (!answering) {
        answering = true;
        Thread.ofVirtual().name("emque-publish-answers").start(this::answerAll);
      }
    } finally {
      lock.unlock();
    }
  }

  private void answerAll() {
    boolean unflushed = false;
    while (true) {
      Pending head;
      lock.lock();
      try {
        head = pending.peek();
        if (closed || head == null) {
          if (unflushed && !closed) {
            answers.flush();
          }
          answering = false;
          return;
        }
      } finally {
        lock.unlock();
      }
      if (unflushed && !head.answer.isDone()) {
        answers.flush();
      }
      hand(head.answer);
      unflushed = true;
      lock.lock();
      try {
        pending.remove();
        pendingBytes -= head.bytes;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private void hand(CompletableFuture<Published> answer) {
    Published published;
    try {
      published = answer.join();
    } catch (CompletionException e) {
      answers.answer(null, refusal(e.getCause()));
      return;
    }
    answers.answer(published, null);
  }

  private static BrokerException refusal(@Nullable Throwable cause) {
    if (cause instanceof BrokerException refusal) {
      return refusal;
    }
    return new BrokerException(ErrorCode.INTERNAL, "publishing failed: " + cause);
  }

  /** Nobody hears the answers any more; messages on their way are still published. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Where answers go. */
  public interface Answers {
    /** The next message's answer: exactly one of the two is not null. */
    void answer(@Nullable Published published, @Nullable BrokerException refusal);

    /** No further answer is known now: send those that are. May block. */
    void flush();
  }

  private record Pending(CompletableFuture<Published> answer, int bytes) {}
}
