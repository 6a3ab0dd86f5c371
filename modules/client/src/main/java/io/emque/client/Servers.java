package io.emque.client;

import static java.lang.System.Logger.Level.INFO;
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

  /** An answer said to be good for longer is looked up again all the same. */
  private static final Duration LONGEST = Duration.ofDays(365);

  private final List<Name> names;
  private final Resolver resolver;
  private final Duration retry;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lookups = new ReentrantLock(); // held while names are looked up
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile List<ServerAddress> current = List.of();

  // Under the lock.
  private boolean refreshing;
  private boolean closed;

  Servers(List<String> names, Resolver resolver) {
    this(names, resolver, Resolution.DEFAULT_TTL);
  }

  /** With another time between a look-up that failed and the next one. */
  Servers(List<String> names, Resolver resolver, Duration retry) {
    this.names = names.stream().map(Name::new).toList();
    this.resolver = resolver;
    this.retry = retry;
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

  /** The servers found so far. */
  List<ServerAddress> known() {
    return current;
  }

  private List<ServerAddress> first() {
    refresh();
    lock.lock();
    try {
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
      if (refresh()) {
        listeners.forEach(Runnable::run);
      }
    }
  }

  /** Looks up what is due, one thread at a time; returns whether anything changed. */
  private boolean refresh() {
    lookups.lock();
    try {
      for (Name name : names) {
        if (name.due - System.nanoTime() <= 0) {
          name.lookUp(resolver, retry);
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
    } finally {
      lookups.unlock();
    }
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
    private boolean warned; // by whoever holds the lock of look-ups

    Name(String text) {
      this.text = text;
    }

    void lookUp(Resolver resolver, Duration retry) {
      Duration ttl = retry;
      try {
        Resolution found = resolver.resolve(text);
        if (found.servers().isEmpty()) {
          failed("the answer holds no server");
        } else {
          succeeded(found.servers());
          ttl = found.ttl();
        }
      } catch (IOException | RuntimeException | LinkageError e) { // it may be a stranger's
        failed(e.getMessage() == null ? e.toString() : e.getMessage());
      }
      Duration wait = ttl.compareTo(LONGEST) < 0 ? ttl : LONGEST;
      due = System.nanoTime() + wait.toNanos();
    }

    private void succeeded(List<ServerAddress> found) {
      if (warned) {
        warned = false;
        LOG.log(INFO, () -> "looking up " + text + " works again");
      }
      servers = found;
    }

    /** Says so once; without an answer that could stay, whoever asks for servers is told. */
    private void failed(String reason) {
      fault = reason;
      if (!warned && !servers.isEmpty()) {
        warned = true;
        LOG.log(WARNING, () -> "looking up " + text + " fails, its last answer stays: " + reason);
      }
    }
  }
}
