package io.emque.client;

import io.emque.api.Broker;
import io.emque.api.Delivery;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A topic as a {@link Flow.Publisher}: a virtual thread for each subscriber hands on what it asks
 * for.
 */
final class DeliveryFlow implements Flow.Publisher<Delivery> {
  private final Broker broker;
  private final String topic;
  private final SubscribeOptions options;

  DeliveryFlow(Broker broker, String topic, SubscribeOptions options) {
    this.broker = broker;
    this.topic = topic;
    this.options = options;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super Delivery> subscriber) {
    var demand = new Demand(subscriber);
    Thread.ofVirtual().name("emque-flow-" + topic).start(demand::run);
  }

  private final class Demand implements Flow.Subscription {
    private final Flow.Subscriber<? super Delivery> subscriber;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Under the lock.
    private long wanted;
    private boolean cancelled;
    private @Nullable Throwable misuse;
    private @Nullable Subscription subscription;

    Demand(Flow.Subscriber<? super Delivery> subscriber) {
      this.subscriber = subscriber;
    }

    /** Reactive Streams 1.0.4, 1.9: onSubscribe first, then a failure to subscribe as onError. */
    void run() {
      subscriber.onSubscribe(this);
      try (Subscription open = broker.subscribe(topic, options)) {
        lock.lock();
        try {
          subscription = open;
          if (cancelled) {
            return;
          }
        } finally {
          lock.unlock();
        }
        hand(open);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        subscriber.onError(e);
      } catch (RuntimeException e) {
        if (!isCancelled()) {
          subscriber.onError(e);
        }
      }
    }

    private void hand(Subscription open) throws InterruptedException {
      while (awaitDemand()) {
        Delivery delivery = open.take();
        if (isCancelled()) {
          return;
        }
        if (delivery == null) {
          subscriber.onComplete();
          return;
        }
        subscriber.onNext(delivery);
      }
      Throwable fault = misuse;
      if (fault != null) {
        subscriber.onError(fault);
      }
    }

    /** Returns false once it is cancelled. */
    private boolean awaitDemand() throws InterruptedException {
      lock.lockInterruptibly();
      try {
        while (wanted == 0 && !cancelled) {
          changed.await();
        }
        if (wanted != Long.MAX_VALUE) {
          wanted--;
        }
        return !cancelled;
      } finally {
        lock.unlock();
      }
    }

    private boolean isCancelled() {
      lock.lock();
      try {
        return cancelled;
      } finally {
        lock.unlock();
      }
    }

    /** Reactive Streams 1.0.4, 3.9: a request that is not positive ends it with onError. */
    @Override
    public void request(long n) {
      lock.lock();
      try {
        if (n <= 0) {
          misuse = new IllegalArgumentException("request must be positive, got " + n);
          cancelled = true;
        } else {
          wanted = wanted > Long.MAX_VALUE - n ? Long.MAX_VALUE : wanted + n;
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void cancel() {
      Subscription open;
      lock.lock();
      try {
        cancelled = true;
        open = subscription;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      if (open != null) {
        open.close();
      }
    }
  }
}
