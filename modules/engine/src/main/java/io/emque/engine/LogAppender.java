package io.emque.engine;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Publication;
import io.emque.api.Published;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Publishes to one topic of this broker. */
final class LogAppender implements Appender {
  private final MemoryBroker broker;
  private final String name;
  private volatile @Nullable Topic current;
  private volatile @Nullable StoredTail unsynced; // where batches went

  LogAppender(MemoryBroker broker, String name) {
    this.broker = broker;
    this.name = name;
  }

  @Override
  public String topic() {
    return name;
  }

  @Override
  public Published append(Publication publication) {
    admit(publication);
    while (true) {
      Topic topic = current();
      Published answer = topic.append(publication);
      if (answer != null) {
        await(topic.tail());
        return answer;
      }
      current = null;
    }
  }

  @Override
  public CompletableFuture<Published> appendAsync(Publication publication) {
    try {
      admit(publication);
      while (true) {
        Topic topic = current();
        Published answer = topic.append(publication);
        if (answer != null) {
          StoredTail tail = topic.tail();
          return tail == null
              ? CompletableFuture.completedFuture(answer)
              : tail.synced().thenApply(done -> answer);
        }
        current = null;
      }
    } catch (BrokerException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void admit(Publication publication) {
    broker.requireSize(publication.payload().length);
    broker.admit(publication.payload().length);
  }

  @Override
  public Published append(MessageBatch batch) {
    if (batch.count() == 0) {
      throw new IllegalArgumentException("an empty batch has no position");
    }
    batch.taken(0);
    for (int i = 0; i < batch.count(); i++) {
      broker.requireSize(batch.length(i));
    }
    broker.admit(batch.bytes());
    while (true) {
      Topic topic = current();
      StoredTail tail = topic.tail();
      if (tail != null) {
        unsynced = tail;
      }
      Cursor last = topic.append(batch);
      if (last != null) {
        return new Published(last, broker.ack(), false);
      }
      current = null;
    }
  }

  @Override
  public void sync() {
    await(unsynced);
  }

  /** Waits until what was appended is as safe as its answer will say. */
  private static void await(@Nullable StoredTail tail) {
    if (tail == null) {
      return;
    }
    try {
      tail.synced().join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof BrokerException refusal ? refusal : e;
    }
  }

  private Topic current() {
    Topic topic = current;
    if (topic == null) {
      topic = broker.topicFor(name);
      current = topic;
    }
    return topic;
  }
}
