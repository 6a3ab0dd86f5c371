package io.emque.transport.grpc;

import io.emque.api.BrokerException;
import io.emque.api.Published;
import io.emque.api.Topics;
import io.emque.engine.Appender;
import io.emque.engine.LogBroker;
import io.emque.engine.PublishPipeline;
import io.emque.wire.Envelopes;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishReplies;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes what one call sends, and answers in order: answers that are known when the writer comes
 * round go out together.
 */
final class PublishStream implements StreamObserver<Publish>, PublishPipeline.Answers {
  private static final int MAX_APPENDERS = 1_024;
  private static final int MAX_WAITING = 16_384;

  private final LogBroker broker;
  private final ServerCallStreamObserver<PublishReplies> call;
  private final PublishPipeline pipeline = new PublishPipeline(this);
  private final Map<String, Appender> appenders = new HashMap<>(); // the call's thread
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Under the lock.
  private PublishReplies.Builder waiting = PublishReplies.newBuilder();
  private long published;
  private long answered;
  private boolean complete; // the client sends nothing more
  private boolean gone;

  PublishStream(LogBroker broker, ServerCallStreamObserver<PublishReplies> call) {
    this.broker = broker;
    this.call = call;
    Cancellations.on(call, this::cancelled);
    Thread.ofVirtual().name("emque-grpc-answers").start(this::write);
  }

  @Override
  public void onNext(Publish publish) {
    lock.lock();
    try {
      published++;
    } finally {
      lock.unlock();
    }
    try {
      pipeline.publish(appender(publish.getTopic()), Envelopes.publication(publish));
    } catch (BrokerException e) {
      pipeline.refuse(e);
    }
    pipeline.endBatch();
  }

  private Appender appender(String topic) {
    Appender known = appenders.get(topic);
    if (known == null) {
      known = broker.appender(Topics.requireValid(topic));
      if (appenders.size() >= MAX_APPENDERS) {
        appenders.clear();
      }
      appenders.put(topic, known);
    }
    return known;
  }

  /** Waits, and so pushes back, while the client does not read its answers. */
  @Override
  public void answer(@Nullable Published taken, @Nullable BrokerException refusal) {
    lock.lock();
    try {
      while (waiting.getRepliesCount() >= MAX_WAITING && !gone) {
        changed.awaitUninterruptibly();
      }
      if (taken != null) {
        waiting.addReplies(Envelopes.reply(taken));
      } else if (refusal != null) {
        waiting.addReplies(Envelopes.reply(refusal));
      }
      answered++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void flush() {}

  private void write() {
    try {
      while (true) {
        PublishReplies replies;
        lock.lock();
        try {
          while (waiting.getRepliesCount() == 0 && !(complete && answered == published) && !gone) {
            changed.awaitUninterruptibly();
          }
          if (gone) {
            return;
          }
          replies = waiting.build();
          waiting = PublishReplies.newBuilder();
          changed.signalAll();
        } finally {
          lock.unlock();
        }
        if (replies.getRepliesCount() == 0) {
          call.onCompleted();
          return;
        }
        call.onNext(replies);
      }
    } catch (RuntimeException broken) {
      cancelled();
    }
  }

  private void cancelled() {
    pipeline.close();
    lock.lock();
    try {
      gone = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onError(Throwable cancelled) {
    cancelled();
  }

  @Override
  public void onCompleted() {
    lock.lock();
    try {
      complete = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
