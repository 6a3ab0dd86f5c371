package io.emque.transport.grpc;

import static java.lang.System.Logger.Level.DEBUG;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Published;
import io.emque.api.Topics;
import io.emque.api.spi.Action;
import io.emque.engine.Appender;
import io.emque.engine.PublishPipeline;
import io.emque.transport.http.HttpTransport;
import io.emque.transport.http.StreamScope;
import io.emque.transport.http.access.Caller;
import io.emque.transport.http.access.Hold;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.emque.wire.Envelopes;
import io.emque.wire.v1.Publish;
import io.emque.wire.v1.PublishReplies;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes what one call sends, and answers in order: answers that are known when the writer comes
 * round go out together. The call's own thread ends it: another could not tell that thread, which
 * would then wait for more for ever.
 */
final class PublishStream implements StreamObserver<Publish>, PublishPipeline.Answers {
  private static final System.Logger LOG = System.getLogger(PublishStream.class.getName());
  private static final String AUTHORIZATION = "authorization";
  private static final int MAX_APPENDERS = 1_024;
  private static final int MAX_WAITING = 16_384;

  /**
   * Then the stream ends. While it waits, its connection reads no further: no other stream's data,
   * and not the word that would end this one.
   */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();

  private final Caller caller;
  private final ServerCallStreamObserver<PublishReplies> call;
  private final TrafficMetrics traffic;
  private final PublishPipeline pipeline = new PublishPipeline(this);
  private final Map<String, Appender> appenders = new HashMap<>(); // the call's thread
  private final Thread writer =
      Thread.ofVirtual().name("emque-grpc-answers").unstarted(this::write);
  private final StreamScope writes;
  private volatile @Nullable Hold hold; // null while it is being made
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Under the lock.
  private PublishReplies.Builder waiting = PublishReplies.newBuilder();
  private long published;
  private long answered;
  private boolean complete; // the client sends nothing more
  private boolean gone;
  private boolean written; // the writer has ended

  PublishStream(Caller caller, HttpTransport port, ServerCallStreamObserver<PublishReplies> call) {
    this.caller = caller;
    this.call = call;
    this.traffic = port.traffic();
    this.writes = port.openCall(writer);
    call.setOnCancelHandler(this::cancelled);
    call.setOnCloseHandler(this::cancelled);
    writer.start();
    this.hold = caller.hold(Action.PUBLISH, null, this::end);
  }

  /** A message, or, without a topic and with this header, a new token: that is not answered. */
  @Override
  public void onNext(Publish publish) {
    String authorization = publish.getHeadersOrDefault(AUTHORIZATION, "");
    Hold held = hold;
    if (publish.getTopic().isEmpty() && !authorization.isEmpty() && held != null) {
      renew(held, authorization);
      return;
    }
    lock.lock();
    try {
      published++;
    } finally {
      lock.unlock();
    }
    try {
      // Waiting would hold up the other calls of its connection: it has one thread that reads.
      writes.limits().rates().require(caller.counted(writes.who()), publish.getPayload().size());
      pipeline.publish(appender(publish.getTopic()), Envelopes.publication(publish));
    } catch (BrokerException e) {
      pipeline.refuse(e);
    }
    pipeline.endBatch();
  }

  private void renew(Hold held, String authorization) {
    try {
      held.renew(HttpTransport.bearer(authorization));
    } catch (BrokerException refused) {
      end(refused);
    }
  }

  private Appender appender(String topic) {
    Appender known = appenders.get(topic);
    if (known == null) {
      known = caller.broker().appender(Topics.requireValid(topic));
      if (appenders.size() >= MAX_APPENDERS) {
        appenders.clear();
      }
      appenders.put(topic, known);
    }
    return known;
  }

  /** Waits for a while, and so pushes back, when the client does not read its answers. */
  @Override
  public void answer(@Nullable Published taken, @Nullable BrokerException refusal) {
    lock.lock();
    try {
      if (!awaitRoom()) {
        return;
      }
      if (taken != null) {
        waiting.addReplies(Envelopes.reply(taken));
      } else if (refusal != null) {
        waiting.addReplies(Envelopes.reply(refusal));
        traffic.refused(refusal.code());
      }
      answered++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** False when nobody hears the answer. */
  private boolean awaitRoom() {
    long left = PATIENCE_NANOS;
    while (waiting.getRepliesCount() >= MAX_WAITING && !gone) {
      if (left <= 0) {
        deaf();
        break;
      }
      try {
        left = changed.awaitNanos(left);
      } catch (InterruptedException e) {
        cancelled(); // the connection has ended
      }
    }
    return !gone;
  }

  private void deaf() {
    end(
        new BrokerException(
            ErrorCode.SLOW_CONSUMER,
            MAX_WAITING + " answers wait and are not read; read them while you publish"));
  }

  private void release() {
    Hold held = hold;
    if (held != null) {
      held.close();
    }
  }

  private void end(BrokerException why) {
    cancelled(); // gets the writer out of its write
    call.onError(Statuses.of(why));
  }

  @Override
  public void flush() {}

  private void write() {
    try {
      for (PublishReplies some = next(); some != null; some = next()) {
        call.onNext(some);
      }
    } catch (RuntimeException broken) {
      LOG.log(DEBUG, () -> "publisher's answers broke: " + broken);
      cancelled();
    } finally {
      writes.close();
      lock.lock();
      try {
        written = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Null when nothing more is to be written. */
  private @Nullable PublishReplies next() {
    lock.lock();
    try {
      while (waiting.getRepliesCount() == 0 && !(complete && answered == published) && !gone) {
        changed.awaitUninterruptibly();
      }
      if (gone || waiting.getRepliesCount() == 0) {
        return null;
      }
      PublishReplies some = waiting.build();
      waiting = PublishReplies.newBuilder();
      changed.signalAll();
      return some;
    } finally {
      lock.unlock();
    }
  }

  private void cancelled() {
    release();
    pipeline.close();
    lock.lock();
    try {
      gone = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    writes.cancelled();
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
      while (!written) {
        changed.awaitUninterruptibly();
      }
      if (gone) {
        return;
      }
    } finally {
      lock.unlock();
    }
    release();
    call.onCompleted();
  }
}
