package io.emque.client;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.api.spi.ServerAddress;
import io.emque.client.link.Link;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A subscription to a topic that lives on several servers: a {@link Merge} of a feed from each. */
final class MergedSubscription implements Subscription {
  /**
   * How far before its position a resumed stream begins, to learn what was delivered from others.
   * One message of each publisher that was active lately is enough.
   */
  private static final long LOOK_BACK = 512;

  private static final int MAX_HELD = 4_096;
  private static final long MAX_HELD_BYTES = 4L * 1024 * 1024;

  private final String topic;
  private final SubscribeOptions subscribe;
  private final Function<ServerAddress, Link> links;
  private final ClientOptions options;
  private final Runnable onClose;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private final Condition drained = lock.newCondition();

  // Under the lock.
  private final Merge merge;
  private final Map<ServerAddress, Running> loops = new LinkedHashMap<>();
  private final Map<ServerAddress, BrokerException> ends = new LinkedHashMap<>();
  private boolean closed;

  MergedSubscription(
      String topic,
      SubscribeOptions subscribe,
      Function<ServerAddress, Link> links,
      ClientOptions options,
      Runnable onClose) {
    this.topic = topic;
    this.subscribe = subscribe;
    this.links = links;
    this.options = options;
    this.onClose = onClose;
    boolean replay = !(subscribe.from() instanceof StartPosition.Latest);
    this.merge = new Merge(topic, replay, System.nanoTime());
  }

  /**
   * Begins on these servers.
   *
   * @return for each, as {@link FeedLoop#start}
   * @throws BrokerException for a position that is not one of merged servers
   */
  Map<ServerAddress, CompletableFuture<Void>> start(List<ServerAddress> servers) {
    var firsts = new LinkedHashMap<ServerAddress, CompletableFuture<Void>>();
    MergedCursor cursor = null;
    if (subscribe.from() instanceof StartPosition.At at) {
      if (!at.cursor().merged()) {
        throw new BrokerException(
            ErrorCode.CURSOR_INVALID,
            "cursor "
                + at.cursor()
                + " is of one server, and topic \""
                + topic
                + "\" is merged from "
                + servers.size()
                + "; use a cursor that this subscription gave, or start with earliest");
      }
      cursor = MergedCursor.parse(at.cursor());
    }
    lock.lock();
    try {
      for (ServerAddress server : servers) {
        int stream = merge.add();
        StartPosition from = subscribe.from();
        if (cursor != null) {
          Cursor next = stream < cursor.next().size() ? cursor.next().get(stream) : null;
          from = resume(stream, next);
        }
        firsts.put(server, begin(server, stream, from, late(from)));
      }
    } finally {
      lock.unlock();
    }
    return firsts;
  }

  private StartPosition resume(int stream, @Nullable Cursor next) {
    if (next == null) {
      return StartPosition.LATEST; // the others have what it had
    }
    if (next.offset() == 0) {
      return new StartPosition.At(next);
    }
    merge.lookBack(stream, next);
    long offset = Math.max(0, next.offset() - LOOK_BACK);
    return new StartPosition.At(
        next.merged() ? next : new Cursor(next.epoch(), offset)); // of merged ones it means nothing
  }

  /** A server that is not there yet is asked later for what it got meanwhile. */
  private static StartPosition late(StartPosition from) {
    return from instanceof StartPosition.Latest ? new StartPosition.Since(Instant.now()) : from;
  }

  private CompletableFuture<Void> begin(
      ServerAddress server, int stream, StartPosition from, StartPosition late) {
    var loop =
        new FeedLoop(
            () -> links.apply(server),
            topic,
            subscribe.from(from),
            late,
            options,
            new StreamSink(server, stream));
    loops.put(server, new Running(loop, stream));
    return loop.start();
  }

  /** Goes on with these servers. */
  @SuppressWarnings("FutureReturnValueIgnored") // a server that is new may take its time
  void serversChanged(List<ServerAddress> servers) {
    var gone = new ArrayList<FeedLoop>();
    lock.lock();
    try {
      if (closed) {
        return;
      }
      for (var known = loops.entrySet().iterator(); known.hasNext(); ) {
        var entry = known.next();
        if (!servers.contains(entry.getKey())) {
          known.remove();
          ends.remove(entry.getKey());
          merge.ended(entry.getValue().stream());
          gone.add(entry.getValue().loop());
        }
      }
      for (ServerAddress server : servers) {
        if (!loops.containsKey(server)) {
          begin(server, merge.add(), StartPosition.LATEST, late(StartPosition.LATEST));
        }
      }
    } finally {
      lock.unlock();
    }
    gone.forEach(FeedLoop::close);
  }

  @Override
  public String topic() {
    return topic;
  }

  @Override
  public Cursor next() {
    lock.lock();
    try {
      return merge.next();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable Delivery take() throws InterruptedException {
    return poll(Long.MAX_VALUE);
  }

  @Override
  public @Nullable Delivery poll(Duration timeout) throws InterruptedException {
    return poll(timeout.toNanos());
  }

  private @Nullable Delivery poll(long nanos) throws InterruptedException {
    long began = System.nanoTime();
    lock.lockInterruptibly();
    try {
      while (!closed) {
        long now = System.nanoTime();
        Delivery delivery = merge.poll(now);
        if (delivery != null) {
          drained.signalAll();
          return delivery;
        }
        if (!loops.isEmpty() && ends.size() == loops.size()) {
          throw ends.values().iterator().next();
        }
        long left = nanos == Long.MAX_VALUE ? nanos : nanos - (now - began);
        if (left <= 0) {
          return null;
        }
        long again = merge.pollAgainIn(now);
        if (again == Long.MAX_VALUE && left == Long.MAX_VALUE) {
          filled.await();
        } else {
          filled.awaitNanos(Math.max(1, Math.min(left, again)));
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    List<FeedLoop> open;
    lock.lock();
    try {
      closed = true;
      open = loops.values().stream().map(Running::loop).toList();
      filled.signalAll();
      drained.signalAll();
    } finally {
      lock.unlock();
    }
    open.forEach(FeedLoop::close);
    onClose.run();
  }

  private record Running(FeedLoop loop, int stream) {}

  private final class StreamSink implements FeedLoop.Sink {
    private final ServerAddress server;
    private final int stream;

    StreamSink(ServerAddress server, int stream) {
      this.server = server;
      this.stream = stream;
    }

    @Override
    public void message(Message message) {
      offer(message);
    }

    @Override
    public void gap(Gap gap) {
      offer(gap);
    }

    private void offer(Delivery delivery) {
      lock.lock();
      try {
        while (!closed
            && (merge.held(stream) >= MAX_HELD || merge.heldBytes(stream) >= MAX_HELD_BYTES)) {
          drained.awaitUninterruptibly();
        }
        merge.offer(stream, delivery, System.nanoTime());
        filled.signal();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void position(Cursor cursor) {
      locked(() -> merge.position(stream, cursor, System.nanoTime()));
    }

    @Override
    public void connected() {
      locked(() -> merge.connected(stream));
    }

    @Override
    public void lost() {
      locked(() -> merge.lost(stream));
    }

    @Override
    public void ended(BrokerException reason) {
      locked(
          () -> {
            merge.ended(stream);
            ends.put(server, reason);
          });
    }

    private void locked(Runnable change) {
      lock.lock();
      try {
        change.run();
        filled.signal();
      } finally {
        lock.unlock();
      }
    }
  }
}
