package io.emque.engine;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes one message after the other without waiting for answers that take a while, and hands
 * the answers on in the same order. Messages of a batch that follow each other to one topic are
 * appended together.
 *
 * <p><b>Threads:</b> one thread publishes. {@link Answers} are called by it, as long as answers
 * come at once, and otherwise by a virtual thread of the pipeline's own; never by two at a time.
 */
public final class PublishPipeline implements AutoCloseable {
  /** Most messages on their way; behind them publishing waits. */
  static final int MAX_PENDING = 4_096;

  /** Most bytes on their way, unless it is one message. */
  static final long MAX_PENDING_BYTES = 8 * 1024 * 1024;

  /** Most messages and bytes that are gathered before they are appended. */
  private static final int MAX_GATHERED = 1_024;

  private static final long MAX_GATHERED_BYTES = 1024 * 1024;

  private final Answers answers;
  private List<Publication> gathered = new ArrayList<>(); // the publishing thread
  private long gatheredBytes;
  private @Nullable LogAppender target; // where they go
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Under the lock.
  private final Queue<Pending> pending = new ArrayDeque<>();
  private int pendingMessages;
  private long pendingBytes;
  private boolean answering; // the pipeline's thread has the answers
  private boolean closed;

  /** A pipeline without messages. */
  public PublishPipeline(Answers answers) {
    this.answers = answers;
  }

  /** Publishes, at the end of the batch at the latest; waits while too much is on its way. */
  public void publish(Appender appender, Publication publication) {
    int bytes = publication.payload().length;
    if (!(appender instanceof LogAppender log)) {
      appendGathered();
      take(new Pending(new One(appender.appendAsync(publication)), 1, bytes));
      return;
    }
    if (log != target
        || gathered.size() == MAX_GATHERED
        || gatheredBytes + bytes > MAX_GATHERED_BYTES) {
      appendGathered();
    }
    target = log;
    gathered.add(publication);
    gatheredBytes += bytes;
  }

  /** Answers in the place of a message that cannot be published. */
  public void refuse(BrokerException reason) {
    appendGathered();
    take(new Pending(new One(CompletableFuture.failedFuture(reason)), 1, 0));
  }

  /**
   * Nothing more is there now: what was published is appended, and answers that are known go out.
   */
  public void endBatch() {
    appendGathered();
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

  private void appendGathered() {
    LogAppender to = target;
    if (to == null || gathered.isEmpty()) {
      return;
    }
    List<Publication> messages = gathered;
    long bytes = gatheredBytes;
    gathered = new ArrayList<>(Math.max(10, messages.size()));
    gatheredBytes = 0;
    take(new Pending(new Many(to.append(messages)), messages.size(), bytes));
  }

  private void take(Pending next) {
    lock.lock();
    try {
      if (!answering && next.answer.known().isDone()) {
        next.answer.hand(answers);
        return;
      }
      while (!closed
          && !pending.isEmpty()
          && (pendingMessages + next.messages > MAX_PENDING
              || pendingBytes + next.bytes > MAX_PENDING_BYTES)) {
        changed.awaitUninterruptibly();
      }
      pending.add(next);
      pendingMessages += next.messages;
      pendingBytes += next.bytes;
      if (!answering) {
        answering = true;
        Thread.ofVirtual().name("emque-publish-answers").start(this::answerUntilDone);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Without a connection nobody is answered, and nobody may wait for room. */
  private void answerUntilDone() {
    try {
      answerAll();
    } catch (UncheckedIOException connectionIsGone) {
      close(); // whoever reads it finds out, too
    } catch (RuntimeException e) {
      close();
      throw e;
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
      if (unflushed && !head.answer.known().isDone()) {
        answers.flush();
      }
      head.answer.hand(answers);
      unflushed = true;
      lock.lock();
      try {
        pending.remove();
        pendingMessages -= head.messages;
        pendingBytes -= head.bytes;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  static BrokerException refusal(@Nullable Throwable cause) {
    if (cause instanceof BrokerException refusal) {
      return refusal;
    }
    return new BrokerException(ErrorCode.INTERNAL, "publishing failed: " + cause);
  }

  /** Appends what is left of a batch that does not end; by the publishing thread. */
  public void endPublishing() {
    appendGathered();
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

  private record Pending(Answer answer, int messages, long bytes) {}

  private sealed interface Answer {
    /** Done when it is known. */
    CompletableFuture<?> known();

    /** Waits until it is known. */
    void hand(Answers to);
  }

  private record One(CompletableFuture<Published> known) implements Answer {
    @Override
    public void hand(Answers to) {
      Published published;
      try {
        published = known.join();
      } catch (CompletionException e) {
        to.answer(null, refusal(e.getCause()));
        return;
      }
      to.answer(published, null);
    }
  }

  private record Many(Arrivals arrivals) implements Answer {
    @Override
    public CompletableFuture<?> known() {
      return arrivals.known();
    }

    @Override
    public void hand(Answers to) {
      arrivals.answer(to);
    }
  }
}
