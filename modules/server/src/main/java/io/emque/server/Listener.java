package io.emque.server;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.WARNING;

import io.emque.transport.http.limits.OpenFiles;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The web server, made again on its port when it has lost its listener. Helidon's ends for good,
 * and cuts all connections, when accepting one fails; it does when the process or the machine has
 * no file left for it. {@link OpenFiles} leaves room, but others on the machine may take it.
 */
final class Listener {
  private static final System.Logger LOG = System.getLogger(Listener.class.getName());
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** So many more files must be free for it to begin again. */
  private static final int ENOUGH_FILES = 16;

  private final IntFunction<WebServerConfig> configured;
  private final ReentrantLock lock = new ReentrantLock();
  private final Thread watching;
  private volatile @Nullable ServerSocketChannel channel;
  private volatile WebServer server; // replaced under the lock
  private volatile boolean stopped;

  /**
   * Starts the server; {@link #isRunning} says whether it could.
   *
   * @param port 0 for a free one
   * @param configured the same server once more, for a port
   */
  Listener(int port, IntFunction<WebServerConfig> configured) {
    this.configured = configured;
    this.server = started(port);
    this.watching = Thread.ofVirtual().name("emque-listener").unstarted(this::watch);
    if (server.isRunning()) {
      watching.start();
    }
  }

  private WebServer started(int port) {
    return WebServer.create(watched(configured.apply(port))).start();
  }

  /** The configuration, from which is seen what the server listens on: it does not say. */
  private WebServerConfig watched(WebServerConfig config) {
    return (WebServerConfig)
        Proxy.newProxyInstance(
            WebServerConfig.class.getClassLoader(),
            new Class<?>[] {WebServerConfig.class},
            (proxy, method, arguments) -> {
              if (arguments != null
                  && arguments.length == 1
                  && arguments[0] instanceof ServerSocketChannel opened) {
                channel = opened;
              }
              try {
                return method.invoke(config, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  boolean isRunning() {
    return server.isRunning();
  }

  int port() {
    return server.port();
  }

  private void watch() {
    int port = server.port();
    while (!stopped) {
      LockSupport.parkNanos(this, LOOK_NANOS);
      ServerSocketChannel listening = channel;
      if (!stopped && listening != null && !listening.isOpen()) {
        beginAgain(port);
      }
    }
  }

  private void beginAgain(int port) {
    long since = System.nanoTime();
    LOG.log(
        ERROR,
        () ->
            "no connection can be accepted, and all were cut: of the "
                + OpenFiles.most() // counting those that are open would take another one
                + " files that the process may have open none is left, or the machine has none. It"
                + " is tried again every second; raise the open files of the process (ulimit -n)");
    WebServer lost = server;
    Thread.ofVirtual().name("emque-listener-lost").start(lost::stop);
    while (!stopped) {
      if (hasFiles() && beganAgain(port)) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - since);
        LOG.log(WARNING, () -> "connections are accepted again, after " + seconds + " s");
        return;
      }
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
  }

  private static boolean hasFiles() {
    var probes = new ArrayList<ServerSocketChannel>();
    try {
      for (int i = 0; i < ENOUGH_FILES; i++) {
        probes.add(ServerSocketChannel.open());
      }
      return true;
    } catch (IOException tooFew) {
      return false;
    } finally {
      for (ServerSocketChannel probe : probes) {
        try {
          probe.close();
        } catch (IOException e) {
          LOG.log(WARNING, "a probe of open files could not be closed", e);
        }
      }
    }
  }

  private boolean beganAgain(int port) {
    lock.lock();
    try {
      if (stopped) {
        return true;
      }
      WebServer next = started(port);
      server = next;
      return next.isRunning();
    } finally {
      lock.unlock();
    }
  }

  void stop() {
    stopped = true;
    LockSupport.unpark(watching);
    lock.lock();
    try {
      server.stop();
    } finally {
      lock.unlock();
    }
  }
}
