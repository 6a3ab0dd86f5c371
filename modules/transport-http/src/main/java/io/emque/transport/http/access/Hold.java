package io.emque.transport.http.access;

import io.emque.api.BrokerException;
import io.emque.api.spi.Action;
import io.emque.api.spi.Identity;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A stream that lives only as long as its caller may have it. Closed by the stream. Any thread. */
public final class Hold implements AutoCloseable {
  private final AccessControl access;
  private final Caller caller;
  private final Action action;
  private final @Nullable String topic;
  private final Consumer<BrokerException> end;

  // Under this object's monitor.
  private @Nullable ScheduledFuture<?> due;
  private boolean closed;

  Hold(
      AccessControl access,
      Caller caller,
      Action action,
      @Nullable String topic,
      Consumer<BrokerException> end) {
    this.access = access;
    this.caller = caller;
    this.action = action;
    this.topic = topic;
    this.end = end;
    if (!access.isOpen()) {
      access.add(this);
      look(); // what has changed since the caller was asked would else be missed
    }
  }

  /**
   * Goes on with another token of the same caller's.
   *
   * @throws BrokerException when it is refused; nothing has changed then
   */
  public void renew(String token) {
    if (!access.isOpen()) {
      caller.renew(token);
      look();
    }
  }

  /** Looks whether all is still well, and when to look next. */
  void look() {
    try {
      Identity identity = caller.identity();
      if (topic != null && !identity.may(action, topic)) {
        throw caller.forbidden(identity, action, topic);
      }
      lookAgain();
    } catch (BrokerException e) {
      if (stop()) {
        access.ended();
        end.accept(e);
      }
    }
  }

  private synchronized void lookAgain() {
    if (due != null) {
      due.cancel(false);
      due = null;
    }
    Duration left = caller.remaining();
    if (left != null && !closed) {
      due = access.schedule(this, left);
    }
  }

  /** False when it had been stopped before. */
  private synchronized boolean stop() {
    access.remove(this);
    if (due != null) {
      due.cancel(false);
      due = null;
    }
    boolean first = !closed;
    closed = true;
    return first;
  }

  @Override
  public void close() {
    stop();
  }
}
