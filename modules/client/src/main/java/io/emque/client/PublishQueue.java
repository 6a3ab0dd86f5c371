package io.emque.client;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.client.link.Link;
import io.emque.client.link.LinkException;
import io.emque.client.link.PublishChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes to one server, in order, over one connection at a time. What was under way when a
 * connection broke goes again over the next one, before anything later; ids make that harmless.
 *
 * <p><b>Threads:</b> any thread publishes. A virtual thread connects and sends; answers come in on
 * the channel's.
 */
final class PublishQueue implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PublishQueue.class.getName());

  /*
   * An entry is in waiting (not sent over the present channel) or in sent (no answer yet), both in the order of publishing.
   * A channel that broke puts all of sent back in front of waiting. Only the sender opens channels and moves entries from waiting
   * to sent; answers and losses count only when they come from the present channel.
   */

  /**
   * Well below the 10,000 ids of a topic that a server remembers: of more messages on their way,
   * the first could be taken twice when all are sent again.
   */
  private static final int MAX_PENDING = 4_096;

  private static final long MAX_PENDING_BYTES = 32L * 1024 * 1024;
  private static final Duration FIRST_WAIT = Duration.ofMillis(50);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
  private static final Duration LAST_WORD = Duration.ofMillis(500);

  /** How long a server that is down is tried again though nobody publishes. */
  private static final long PROBE_NANOS = Duration.ofSeconds(30).toNanos();

  private final Link link;
  private final ClientOptions options;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final Backoff backoff =
      new Backoff(FIRST_WAIT, LONGEST_WAIT, ThreadLocalRandom.current());

  // Under the lock.
  private final Deque<Entry> waiting = new ArrayDeque<>();
  private final Deque<Entry> sent = new ArrayDeque<>();
  private long pendingBytes;
  private @Nullable Opened channel;
  private @Nullable String down; // why the server is down; null while it is not known to be
  private long lastPublish;
  private boolean closed;
  private @Nullable Thread sender;

  PublishQueue(Link link, ClientOptions options) {
    this.link = link;
    this.options = options;
  }

  /**
   * Publishes. Blocks while too much is on its way.
   *
   * @param failFast fail at once while the server is known to be down
   * @return completes exceptionally with a {@link BrokerException}: the server's, or {@link
   *     ErrorCode#UPSTREAM_FAILED} with a message that does not name the server
   */
  CompletableFuture<Published> publish(String topic, Publication publication, boolean failFast) {
    var entry = new Entry(topic, publication, failFast, options);
    lock.lock();
    try {
      lastPublish = System.nanoTime();
      while (!closed
          && !(failFast && down != null)
          && (waiting.size() + sent.size() >= MAX_PENDING
              || (pendingBytes > 0 && pendingBytes + entry.bytes() > MAX_PENDING_BYTES))) {
        room.awaitUninterruptibly();
      }
      if (closed) {
        entry.fail("the client is closed");
      } else if (failFast && down != null) {
        entry.fail(down);
      } else {
        waiting.add(entry);
        pendingBytes += entry.bytes();
        if (sender == null) {
          sender = Thread.ofVirtual().name("emque-publish-" + link.server()).start(this::sendAll);
          Thread.ofVirtual().name("emque-publish-watch-" + link.server()).start(this::watchAll);
        }
        work.signalAll();
      }
    } finally {
      lock.unlock();
    }
    return entry.answer;
  }

  // ---- the sender

  private void sendAll() {
    try {
      while (true) {
        Opened open = awaitWork();
        if (open == null && !connect()) {
          if (!pause()) {
            return;
          }
          continue;
        }
        if (isClosed()) {
          return;
        }
        if (open != null) {
          send(open);
        }
      }
    } catch (InterruptedException e) {
      close();
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

  /** Waits for something to send; returns the channel, null when there is none. */
  private @Nullable Opened awaitWork() throws InterruptedException {
    lock.lock();
    try {
      while (!closed && waiting.isEmpty() && !(channel == null && probing())) {
        if (channel == null) {
          down = null; // not known any more: the next message is an attempt
        }
        work.await();
      }
      return channel;
    } finally {
      lock.unlock();
    }
  }

  private boolean probing() {
    return down != null && System.nanoTime() - lastPublish < PROBE_NANOS;
  }

  /** Returns whether there is a channel now. */
  private boolean connect() {
    lock.lock();
    try {
      if (closed) {
        return true; // the caller looks
      }
    } finally {
      lock.unlock();
    }
    var open = new Opened();
    try {
      open.channel = link.publisher(open);
    } catch (LinkException e) {
      failed(e.reason());
      return false;
    } catch (BrokerException e) {
      failed(e.getMessage());
      return false;
    } catch (RuntimeException e) { // a provider's of TLS, say; the next attempt may go well
      LOG.log(WARNING, () -> "connecting to " + link.server() + " failed", e);
      failed("connecting failed: " + e);
      return false;
    }
    lock.lock();
    try {
      if (!closed && !open.lost) {
        backoff.reset();
        down = null;
        channel = open;
        open = null;
      }
    } finally {
      lock.unlock();
    }
    if (open == null) {
      options
          .watch()
          .accept(
              new ConnectionEvent(
                  link.server(), ConnectionEvent.State.CONNECTED, "ready to publish"));
      return true;
    }
    open.close();
    return isClosed();
  }

  /** An attempt to connect failed: it was one for every message that waits. */
  private void failed(String reason) {
    List<Entry> failed = new ArrayList<>();
    int retried;
    lock.lock();
    try {
      boolean wasDown = down != null;
      long now = System.nanoTime();
      for (var all = waiting.iterator(); all.hasNext(); ) {
        Entry entry = all.next();
        entry.attempts--;
        if (entry.attempts <= 0 || (entry.failFast && wasDown) || entry.ends - now <= 0) {
          all.remove();
          pendingBytes -= entry.bytes();
          failed.add(entry);
        }
      }
      if (!failed.isEmpty() || wasDown) {
        down = reason;
      }
      retried = waiting.size();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    options.watch().retried(link.server(), retried);
    options
        .watch()
        .accept(new ConnectionEvent(link.server(), ConnectionEvent.State.FAILED, reason));
    failed.forEach(entry -> entry.fail(reason));
  }

  /** Waits before the next attempt; false when it is closed. */
  private boolean pause() throws InterruptedException {
    long nanos = backoff.nextNanos();
    lock.lock();
    try {
      long ends = System.nanoTime() + nanos;
      while (!closed && ends - System.nanoTime() > 0) {
        work.awaitNanos(ends - System.nanoTime());
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void send(Opened open) {
    PublishChannel out = open.channel;
    if (out == null) {
      return;
    }
    try {
      while (true) {
        Entry entry;
        lock.lock();
        try {
          entry = channel == open ? waiting.poll() : null;
          if (entry != null) {
            entry.attemptEnds = Math.min(System.nanoTime() + options.attemptNanos(), entry.ends);
            sent.add(entry);
          }
        } finally {
          lock.unlock();
        }
        if (entry == null) {
          break;
        }
        out.send(entry.topic, entry.publication);
      }
      out.flush();
    } catch (LinkException e) {
      open.awaitLost(); // the server's own word of why is on its way, perhaps
      lose(open, e);
      open.close();
    }
  }

  // ---- the watch

  /** Gives up what has had no answer in time, whatever the sender hangs on. */
  private void watchAll() {
    try {
      while (true) {
        Opened late = null;
        List<Entry> failed = new ArrayList<>();
        lock.lock();
        try {
          if (closed) {
            return;
          }
          long now = System.nanoTime();
          while (!waiting.isEmpty() && waiting.peek().ends - now <= 0) {
            Entry entry = waiting.remove();
            pendingBytes -= entry.bytes();
            failed.add(entry);
            room.signalAll();
            if (channel == null) {
              down = unconnected();
            }
          }
          long next = nextDeadline(now);
          Entry oldest = sent.peek();
          if (oldest != null && oldest.attemptEnds - now <= 0) {
            late = channel;
          } else if (failed.isEmpty()) {
            work.awaitNanos(next);
          }
        } finally {
          lock.unlock();
        }
        failed.forEach(entry -> entry.fail(unconnected()));
        if (late != null) {
          String reason =
              "no answer within " + Duration.ofNanos(options.attemptNanos()).toMillis() + " ms";
          lose(late, new LinkException(reason));
          late.close();
        }
      }
    } catch (InterruptedException e) {
      close();
    }
  }

  private String unconnected() {
    return "no connection within " + options.timeout().toMillis() + " ms";
  }

  /** Nanoseconds until something may be late; woken before that when there is more to watch. */
  private long nextDeadline(long now) {
    long next = Duration.ofDays(1).toNanos();
    if (!waiting.isEmpty()) {
      // Nobody wakes the watch when it is sent, and then its attempt may be late.
      next = Math.min(options.attemptNanos(), waiting.peek().ends - now);
    }
    if (!sent.isEmpty()) {
      next = Math.min(next, sent.peek().attemptEnds - now);
    }
    return next;
  }

  // ---- answers

  private void answered(Opened open, @Nullable Published published, @Nullable BrokerException no) {
    if (no != null && no.code() == ErrorCode.DRAINING) {
      lose(open, new LinkException(no.getMessage())); // it was not taken, nor is what comes after
      return;
    }
    Entry entry;
    lock.lock();
    try {
      if (channel != open || sent.isEmpty()) {
        return;
      }
      entry = sent.remove();
      pendingBytes -= entry.bytes();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    if (published != null) {
      entry.answer.complete(published);
    } else if (no != null) {
      entry.answer.completeExceptionally(no);
    }
  }

  /** The server ended the channel at a message over its limit: that was the largest one. */
  private void refuseLargest(Opened open, BrokerException refusal) {
    Entry largest = null;
    lock.lock();
    try {
      if (channel != open) {
        return;
      }
      for (Entry entry : sent) {
        largest = largest == null || entry.bytes() > largest.bytes() ? entry : largest;
      }
      if (largest != null) {
        sent.remove(largest);
        pendingBytes -= largest.bytes();
        sent.forEach(entry -> entry.attempts++); // it is not their fault
      }
    } finally {
      lock.unlock();
    }
    if (largest != null) {
      largest.answer.completeExceptionally(refusal);
    }
  }

  /**
   * The channel is of no use any more: what was under way waits again, if it has an attempt left.
   */
  private void lose(Opened open, LinkException reason) {
    var failed = new ArrayDeque<Entry>();
    int retried = 0;
    lock.lock();
    try {
      open.lost = true;
      if (channel != open) {
        return;
      }
      channel = null;
      long now = System.nanoTime();
      while (!sent.isEmpty()) {
        Entry entry = sent.removeLast();
        entry.attempts--;
        if (entry.attempts <= 0 || entry.ends - now <= 0) {
          pendingBytes -= entry.bytes();
          failed.addFirst(entry);
        } else {
          waiting.addFirst(entry);
          retried++;
        }
      }
      if (!failed.isEmpty()) {
        down = reason.reason();
      }
      room.signalAll();
      work.signalAll();
    } finally {
      lock.unlock();
    }
    options.watch().retried(link.server(), retried);
    options
        .watch()
        .accept(new ConnectionEvent(link.server(), ConnectionEvent.State.LOST, reason.reason()));
    failed.forEach(entry -> entry.fail(reason.reason()));
  }

  /** Waits for the answers to what is on its way. */
  void awaitSent(Duration timeout) {
    long ends = System.nanoTime() + timeout.toNanos();
    lock.lock();
    try {
      while (!closed && !(waiting.isEmpty() && sent.isEmpty()) && ends - System.nanoTime() > 0) {
        room.awaitNanos(ends - System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Closes once the answers to what is on its way have come. */
  void closeWhenSent() {
    Thread.ofVirtual()
        .name("emque-publish-last-" + link.server())
        .start(
            () -> {
              awaitSent(options.timeout());
              close();
            });
  }

  /** Fails what has no answer yet. */
  @Override
  public void close() {
    List<Entry> failed = new ArrayList<>();
    Opened open;
    lock.lock();
    try {
      closed = true;
      open = channel;
      channel = null;
      failed.addAll(sent);
      failed.addAll(waiting);
      sent.clear();
      waiting.clear();
      pendingBytes = 0;
      work.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    if (open != null) {
      open.close();
    }
    failed.forEach(entry -> entry.fail("the client was closed before the answer came"));
    link.close();
  }

  /** A channel, and where its answers go. */
  private final class Opened implements PublishChannel.Replies {
    @Nullable PublishChannel channel;
    volatile boolean lost;
    private final CountDownLatch told = new CountDownLatch(1);

    @Override
    public void reply(@Nullable Published published, @Nullable BrokerException refusal) {
      answered(this, published, refusal);
    }

    @Override
    public void lost(LinkException reason) {
      if (reason.getCause() instanceof BrokerException refusal
          && refusal.code() == ErrorCode.MESSAGE_TOO_LARGE) {
        refuseLargest(this, refusal);
      }
      lose(this, reason);
      told.countDown();
    }

    void awaitLost() {
      try {
        told.await(LAST_WORD.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void close() {
      PublishChannel opened = channel;
      if (opened != null) {
        opened.close();
      }
    }
  }

  private static final class Entry {
    final String topic;
    final Publication publication;
    final boolean failFast;
    final long ends;
    final CompletableFuture<Published> answer = new CompletableFuture<>();
    int attempts;
    long attemptEnds;

    Entry(String topic, Publication publication, boolean failFast, ClientOptions options) {
      this.topic = topic;
      this.publication = publication;
      this.failFast = failFast;
      this.attempts = options.attempts();
      this.ends = System.nanoTime() + options.timeout().toNanos();
    }

    long bytes() {
      return publication.payload().length;
    }

    void fail(String reason) {
      answer.completeExceptionally(new BrokerException(ErrorCode.UPSTREAM_FAILED, reason));
    }
  }
}
