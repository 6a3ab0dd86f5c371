package io.emque.client;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.spi.Resolver;
import io.emque.api.spi.Resolver.Resolution;
import io.emque.api.spi.ServerAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The servers behind the names given, looked up before the first use and kept up to date: a name
 * that cannot be looked up keeps its last good answer.
 *
 * <p><b>Threads:</b> any. A virtual thread refreshes; listeners are called on it.
 */
final class Servers implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Servers.class.getName());

  private final List<Name> names;
  private final Resolver resolver;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile List<ServerAddress> current = List.of();

  // Under the lock.
  private boolean refreshing;
  private boolean closed;

  Servers(List<String> names, Resolver resolver) {
    this.names = names.stream().map(Name::new).toList();
    this.resolver = resolver;
  }

  /**
   * The servers in the order of their names. The first call looks them up.
   *
   * @throws BrokerException {@link ErrorCode#UPSTREAM_FAILED} while no name has ever been found
   */
  List<ServerAddress> current() {
    List<ServerAddress> known = current;
    return known.isEmpty() ? first() : known;
  }

  private List<ServerAddress> first() {
    lock.lock();
    try {
      if (current.isEmpty()) {
        refresh();
      }
      if (!refreshing && !closed) {
        refreshing = true;
        Thread.ofVirtual().name("emque-resolver").start(this::refreshAll);
      }
    } finally {
      lock.unlock();
    }
    if (current.isEmpty()) {
      var faults = new ArrayList<String>();
      names.forEach(name -> faults.add(name.text + ": " + name.fault));
      throw new BrokerException(
          ErrorCode.UPSTREAM_FAILED,
          "no server found: " + String.join("; ", faults) + "; check --servers and --resolver");
    }
    return current;
  }

  /** Calls it after each change. */
  void onChange(Runnable listener) {
    listeners.add(listener);
  }

  private void refreshAll() {
    while (true) {
      boolean different;
      lock.lock();
      try {
        long wait = names.stream().mapToLong(name -> name.due - System.nanoTime()).min().orElse(0);
        if (wait > 0 && !closed) {
          changed.awaitNanos(wait);
        }
        if (closed) {
          return;
        }
      } catch (InterruptedException e) {
        return;
      } finally {
        lock.unlock();
      }
      different = refresh();
      if (different) {
        listeners.forEach(Runnable::run);
      }
    }
  }

  /** Looks up what is due; returns whether anything changed. */
  private boolean refresh() {
    for (Name name : names) {
      if (name.due - System.nanoTime() <= 0) {
        name.lookUp(resolver);
      }
    }
    var all = new LinkedHashSet<ServerAddress>();
    names.forEach(name -> all.addAll(name.servers));
    var now = List.copyOf(all);
    if (now.isEmpty() || now.equals(current)) {
      return false;
    }
    current = now;
    return true;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static final class Name {
    final String text;
    volatile List<ServerAddress> servers = List.of();
    volatile String fault = "not looked up";
    volatile long due = System.nanoTime();

    Name(String text) {
      this.text = text;
    }

    void lookUp(Resolver resolver) {
      Duration ttl = Resolution.DEFAULT_TTL;
      try {
        Resolution found = resolver.resolve(text);
        if (found.servers().isEmpty()) {
          fault = "the answer holds no server";
        } else {
          servers = found.servers();
          ttl = found.ttl();
        }
      } catch (IOException | RuntimeException e) {
        fault = String.valueOf(e.getMessage());
        if (!servers.isEmpty()) {
          LOG.log(WARNING, () -> "looking up " + text + " failed, the last answer stays: " + fault);
        }
      }
      due = System.nanoTime() + ttl.toNanos();
    }
  }
}
