package io.emque.engine;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Publication;
import io.emque.api.Published;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Publishes to one topic of this broker. */
final class LogAppender implements Appender {
  /** No more of it is asked for at a time, so that what came together fits as it would alone. */
  private static final int PARTS_OF_MEMORY = 8;

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
    return append(List.of(publication)).only();
  }

  @Override
  public CompletableFuture<Published> appendAsync(Publication publication) {
    Arrivals arrivals = append(List.of(publication));
    return arrivals.known().handle((safe, e) -> arrivals.only());
  }

  /**
   * Appends messages that came together: each as {@link #appendAsync} does, and after the one
   * before, but with one lock, one write to the disk and one wake-up for all.
   */
  Arrivals append(List<Publication> publications) {
    var arrivals = new Arrivals(publications);
    for (int i = 0; i < publications.size(); i++) {
      try {
        broker.requireSize(publications.get(i).payload().length);
      } catch (BrokerException e) {
        arrivals.refuse(i, e);
      }
    }
    long mostBytes = broker.memory().limit() / PARTS_OF_MEMORY;
    while (arrivals.hasNext()) {
      try {
        broker.admit(arrivals.beginPart(mostBytes));
        appendPart(arrivals);
      } catch (BrokerException e) {
        arrivals.refusePart(e);
      }
    }
    return arrivals;
  }

  private void appendPart(Arrivals arrivals) {
    Topic topic = current();
    if (!topic.append(arrivals)) {
      current = null;
      return;
    }
    StoredTail tail = topic.tail();
    if (tail != null && arrivals.tookSome()) {
      arrivals.awaits(tail.synced());
    }
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
      Cursor last = appended(batch, topic, tail);
      if (last != null) {
        return new Published(last, broker.ack(), false);
      }
      current = null;
    }
  }

  private static @Nullable Cursor appended(
      MessageBatch batch, Topic topic, @Nullable StoredTail tail) {
    int before = batch.taken();
    try {
      return topic.append(batch);
    } finally {
      if (tail != null && batch.taken() > before) {
        tail.syncSoon(); // whether somebody waits for it or not
      }
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
