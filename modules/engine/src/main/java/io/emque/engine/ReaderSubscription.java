package io.emque.engine;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Message;
import io.emque.api.Subscription;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A reader for programs: copies each record into a {@link Message}. */
final class ReaderSubscription implements Subscription {
  private static final System.Logger LOG = System.getLogger(ReaderSubscription.class.getName());
  private static final long FOREVER = Long.MAX_VALUE / 4;

  /*
   * busy   true while a thread polls, and for ever once the reader's chunk was let go after the close. Who closes lets go
   *        unless a poll is under way, which then does.
   */
  private final Reader reader;
  private final AtomicBoolean busy = new AtomicBoolean();
  private int taken; // records of the current slice
  private volatile boolean closed;
  private volatile Cursor next;

  ReaderSubscription(Reader reader) {
    this.reader = reader;
    this.next = reader.next();
  }

  @Override
  public String topic() {
    return reader.topic();
  }

  @Override
  public Cursor next() {
    return next;
  }

  @Override
  public @Nullable Delivery take() throws InterruptedException {
    return poll(FOREVER);
  }

  @Override
  public @Nullable Delivery poll(Duration timeout) throws InterruptedException {
    return poll(Math.max(0, timeout.toNanos()));
  }

  private @Nullable Delivery poll(long timeoutNanos) throws InterruptedException {
    if (!busy.compareAndSet(false, true)) {
      if (closed) {
        return null;
      }
      throw new IllegalStateException("two threads read one subscription; let one read at a time");
    }
    try {
      return next(timeoutNanos);
    } finally {
      busy.set(false);
      if (closed) {
        letGo();
      }
    }
  }

  private void letGo() {
    if (busy.compareAndSet(false, true)) {
      reader.letGo();
    }
  }

  private @Nullable Delivery next(long timeoutNanos) throws InterruptedException {
    Slice slice = reader.slice();
    if (taken < slice.count()) {
      return message(slice);
    }
    taken = 0;
    return switch (reader.read(timeoutNanos)) {
      case MESSAGES -> message(slice);
      case GAP -> {
        next = reader.gap().next();
        yield reader.gap();
      }
      case IDLE -> null;
      case ENDED -> {
        BrokerException reason = reader.end();
        closed = true;
        reader.close();
        if (reason != null) {
          throw new BrokerException(reason.code(), reason.getMessage());
        }
        yield null;
      }
    };
  }

  private Message message(Slice slice) {
    int i = taken++;
    var cursor = new Cursor(slice.epoch(i), slice.offset(i));
    next = cursor.next();
    int start = slice.payloadStart(i);
    byte[] payload = Arrays.copyOfRange(slice.array(), start, start + slice.payloadLength(i));
    return new Message(
        reader.topic(), cursor, slice.timeNanos(i), slice.id(i), slice.headers(i), payload);
  }

  /** Calls the handler for each delivery, on a thread of its own, until it ends. */
  void start(Consumer<Delivery> handler) {
    Thread.ofVirtual().name("emque-subscriber-" + topic()).start(() -> handAll(handler));
  }

  private void handAll(Consumer<Delivery> handler) {
    try {
      for (Delivery delivery = take(); delivery != null; delivery = take()) {
        handler.accept(delivery);
      }
    } catch (BrokerException e) {
      if (e.code() != ErrorCode.DRAINING) {
        LOG.log(WARNING, () -> "subscription ended: " + e.getMessage());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.log(WARNING, () -> "subscription to \"" + topic() + "\" ended: its handler threw", e);
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    closed = true;
    reader.close();
    letGo();
  }
}
