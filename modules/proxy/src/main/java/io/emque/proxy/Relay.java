package io.emque.proxy;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Subscription;
import io.emque.engine.MemoryBroker;
import io.emque.engine.RelayLog;

/** One subscription upstream and the log that it feeds. */
final class Relay implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Relay.class.getName());

  private final Subscription upstream;
  private final RelayLog log;
  private final Runnable onEnd;
  private volatile boolean closed;

  /**
   * @param onUnread called each time the last reader has left
   * @param onEnd called when upstream ended it
   */
  Relay(MemoryBroker home, Subscription upstream, Runnable onUnread, Runnable onEnd) {
    this.upstream = upstream;
    this.onEnd = onEnd;
    this.log = new RelayLog(home, upstream.topic(), upstream.next(), onUnread);
  }

  /** Feeds the log from now on. */
  void start() {
    Thread.ofVirtual().name("emque-relay-" + upstream.topic()).start(this::feed);
  }

  RelayLog log() {
    return log;
  }

  private void feed() {
    try {
      Delivery delivery = upstream.take();
      while (delivery != null) {
        switch (delivery) {
          case Message message -> append(message);
          case Gap gap -> log.gap(gap);
        }
        delivery = upstream.take();
      }
    } catch (BrokerException e) {
      end(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.log(WARNING, () -> "relaying topic \"" + upstream.topic() + "\" failed", e);
      end(new BrokerException(ErrorCode.INTERNAL, "relaying failed: " + e.getMessage()));
    }
  }

  /** A reader that must not miss anything is waited for, for as long as it takes. */
  private void append(Message message) {
    while (!closed) {
      try {
        log.append(message);
        return;
      } catch (BrokerException e) {
        if (e.code() != ErrorCode.OVERLOADED) {
          throw e;
        }
      }
    }
  }

  private void end(BrokerException reason) {
    onEnd.run();
    log.end(reason);
  }

  @Override
  public void close() {
    closed = true;
    upstream.close();
    log.close();
  }
}
