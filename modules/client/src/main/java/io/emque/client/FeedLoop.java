package io.emque.client;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.spi.ServerAddress;
import io.emque.client.link.Feed;
import io.emque.client.link.Link;
import io.emque.client.link.LinkException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a subscription to one server going: connects, hands on what comes, and after a loss
 * connects again where it stood.
 *
 * <p><b>Threads:</b> a virtual thread of its own, which calls the {@link Sink}; any thread closes.
 */
final class FeedLoop implements AutoCloseable {
  private static final Duration FIRST_WAIT = Duration.ofMillis(50);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  private final Supplier<Link> link;
  private final String topic;
  private final SubscribeOptions subscribe;
  private final ClientOptions options;
  private final Sink sink;
  private final Backoff backoff =
      new Backoff(FIRST_WAIT, LONGEST_WAIT, ThreadLocalRandom.current());
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Under the lock.
  private @Nullable Feed feed;
  private boolean closed;

  private final StartPosition late;
  private final CompletableFuture<Void> first = new CompletableFuture<>();

  // The loop's thread.
  private StartPosition next;
  private int failures;
  private @Nullable Cursor last; // before the next message, once known
  private @Nullable Cursor lostFrom; // where a server without cursors was lost, until it says more
  private @Nullable Link current;
  private @Nullable Duration slot; // when a server that stops asked to come back, after its goodbye

  /**
   * @param late where to start when the first attempts fail
   */
  FeedLoop(
      Supplier<Link> link,
      String topic,
      SubscribeOptions subscribe,
      StartPosition late,
      ClientOptions options,
      Sink sink) {
    this.link = link;
    this.topic = topic;
    this.subscribe = subscribe;
    this.options = options;
    this.sink = sink;
    this.next = subscribe.from();
    this.late = late;
  }

  /**
   * Begins.
   *
   * @return completes when the server has the subscription; exceptionally with a {@link
   *     BrokerException} when it refuses, and the loop has ended, or with a {@link LinkException}
   *     when it could not be reached at all attempts, and the loop goes on
   */
  CompletableFuture<Void> start() {
    Thread.ofVirtual().name("emque-feed-" + topic).start(this::run);
    return first;
  }

  private void run() {
    try {
      while (!isClosed()) {
        Feed open = feed();
        if (open == null) {
          connect();
        } else {
          read(open);
        }
      }
    } catch (BrokerException e) {
      end(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      end(new BrokerException(ErrorCode.INTERNAL, "the subscription failed: " + e));
    } finally {
      close();
    }
  }

  private void end(BrokerException reason) {
    if (!first.completeExceptionally(reason)) {
      sink.ended(reason);
    }
  }

  private @Nullable Feed feed() {
    lock.lock();
    try {
      return feed;
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private void connect() throws InterruptedException {
    try {
      open();
      return;
    } catch (LinkException e) {
      failed(e);
    } catch (BrokerException e) {
      if (!comesBack(e)) {
        throw e;
      }
      failed(new LinkException(e.getMessage(), e));
    }
    pause();
  }

  private void failed(LinkException reason) {
    failures++;
    tell(ConnectionEvent.State.FAILED, reason.reason());
    if (failures >= options.attempts() && !first.isDone()) {
      next = late;
      first.completeExceptionally(reason);
    }
  }

  private void open() throws LinkException {
    Link to = link.get();
    current = to;
    Feed opened = to.subscribe(topic, subscribe.from(next));
    lock.lock();
    try {
      if (closed) {
        opened.close();
        throw new LinkException("closed");
      }
      feed = opened;
    } finally {
      lock.unlock();
    }
    if (!opened.resumable() && last != null) {
      lostFrom = last.next();
      last = null; // the first message says where it stands
    }
    if (!opened.resumable()) {
      first.complete(null); // else with the first word, which says where it stands
    }
    sink.connected();
    tell(ConnectionEvent.State.CONNECTED, "subscribed to " + topic);
  }

  private void tell(ConnectionEvent.State state, String reason) {
    ServerAddress server = current == null ? link.get().server() : current.server();
    options.watch().accept(new ConnectionEvent(server, state, reason));
  }

  private void read(Feed open) throws InterruptedException {
    String reason;
    try {
      while (true) {
        open.read(
            new Feed.Sink() {
              @Override
              public void message(Message message) {
                take(message);
              }

              @Override
              public void gap(Gap gap) {
                take(gap);
              }

              @Override
              public void position(Cursor cursor) {
                stand(cursor);
                sink.position(cursor);
                first.complete(null);
              }

              @Override
              public void moved(Duration retry) {
                slot = retry;
              }
            });
        backoff.reset();
      }
    } catch (LinkException e) {
      reason = e.reason();
    } catch (BrokerException e) {
      if (!comesBack(e)) {
        throw e;
      }
      reason = e.getMessage();
    }
    open.close();
    boolean wanted;
    lock.lock();
    try {
      feed = null;
      wanted = !closed;
    } finally {
      lock.unlock();
    }
    if (wanted) {
      sink.lost();
      tell(ConnectionEvent.State.LOST, reason + comesBackIn());
      pause(); // a server that ends each connection at once is not asked without a break
    }
  }

  private void take(Message message) {
    if (lostFrom != null) {
      sink.gap(new Gap(topic, lostFrom, message.cursor(), OptionalLong.empty()));
      lostFrom = null;
    }
    stand(message.cursor());
    sink.message(message);
    first.complete(null);
  }

  private void take(Gap gap) {
    next = new StartPosition.At(gap.next());
    sink.gap(gap);
  }

  private void stand(Cursor cursor) {
    last = cursor;
    next = StartPosition.after(cursor);
  }

  private String comesBackIn() {
    Duration asked = slot;
    return asked == null ? "" : "; comes back in " + asked.toMillis() + " ms, as it asked";
  }

  /** Whether it is worth while to subscribe again after this. */
  private boolean comesBack(BrokerException end) {
    if (end.code() == ErrorCode.UNAUTHENTICATED) {
      return first.isDone() && options.link().tokens().change();
    }
    return end.retryable() && end.code() != ErrorCode.SLOW_CONSUMER;
  }

  /** Until the time that a server that stopped gave this subscriber, or else for a while. */
  private void pause() throws InterruptedException {
    long nanos = slot == null ? backoff.nextNanos() : slot.toNanos();
    slot = null;
    long ends = System.nanoTime() + nanos;
    lock.lock();
    try {
      while (!closed && ends - System.nanoTime() > 0) {
        changed.awaitNanos(ends - System.nanoTime());
      }
    } finally {
      lock.unlock();
    }
  }

  /** The servers changed: if this one's is another now, subscribes there. */
  void serversChanged() {
    Link was = current;
    if (was != null && !link.get().server().equals(was.server())) {
      Feed open = feed();
      if (open != null) {
        open.close();
      }
    }
  }

  @Override
  public void close() {
    Feed open;
    lock.lock();
    try {
      closed = true;
      open = feed;
      feed = null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (open != null) {
      open.close();
    }
    first.completeExceptionally(new LinkException("closed"));
  }

  /** Where it all goes; called by one thread at a time, which may be held up. */
  interface Sink {
    void message(Message message);

    void gap(Gap gap);

    /** Where the server stands without a message: the cursor before the next one. */
    void position(Cursor cursor);

    /** A connection serves. */
    void connected();

    /** It was lost; another one is being tried. */
    void lost();

    /** Nothing more will come. */
    void ended(BrokerException reason);
  }
}
