package io.emque.client;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Subscription;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A subscription to a topic that lives on one server. */
final class ServerSubscription implements Subscription, FeedLoop.Sink {
  private final String topic;
  private final DeliveryQueue queue = new DeliveryQueue();
  private final Runnable onClose;
  private volatile @Nullable FeedLoop loop;
  private volatile Cursor next;
  private boolean came; // something to be taken; the loop's thread

  ServerSubscription(String topic, Cursor unknown, Runnable onClose) {
    this.topic = topic;
    this.next = unknown;
    this.onClose = onClose;
  }

  /** Begins; as {@link FeedLoop#start}. */
  CompletableFuture<Void> start(FeedLoop feed) {
    loop = feed;
    return feed.start();
  }

  void serversChanged() {
    FeedLoop running = loop;
    if (running != null) {
      running.serversChanged();
    }
  }

  @Override
  public String topic() {
    return topic;
  }

  @Override
  public Cursor next() {
    return next;
  }

  @Override
  public @Nullable Delivery take() throws InterruptedException {
    Delivery delivery = null;
    while (delivery == null && !queue.isClosed()) {
      delivery = poll(Duration.ofDays(1));
    }
    return delivery;
  }

  @Override
  public @Nullable Delivery poll(Duration timeout) throws InterruptedException {
    Delivery delivery = queue.poll(timeout.toNanos());
    if (delivery instanceof Message message) {
      next = message.cursor().next();
    } else if (delivery instanceof Gap gap) {
      next = gap.next();
    }
    return delivery;
  }

  @Override
  public void close() {
    queue.close();
    FeedLoop running = loop;
    if (running != null) {
      running.close();
    }
    onClose.run();
  }

  // ---- from the loop

  @Override
  public void message(Message message) {
    came = true;
    queue.add(message);
  }

  @Override
  public void gap(Gap gap) {
    came = true;
    queue.add(gap);
  }

  @Override
  public void position(Cursor cursor) {
    if (!came) { // else it is further than what waits to be taken
      next = cursor.next();
    }
  }

  @Override
  public void connected() {}

  @Override
  public void lost() {}

  @Override
  public void ended(BrokerException reason) {
    queue.end(reason);
  }
}
