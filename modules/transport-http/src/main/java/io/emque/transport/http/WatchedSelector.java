package io.emque.transport.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/**
 * Gives each connection of another selector a {@link ConnectionWatch}, and its handlers access to
 * it.
 */
final class WatchedSelector implements ServerConnectionSelector {
  private final ServerConnectionSelector selector;
  private final boolean http2;

  WatchedSelector(ServerConnectionSelector selector, boolean http2) {
    this.selector = selector;
    this.http2 = http2;
  }

  @Override
  public int bytesToIdentifyConnection() {
    return selector.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return selector.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return selector.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    var watch = new ConnectionWatch(context, http2);
    return new Watched(selector.connection(new WatchedContext(context, watch)), watch);
  }

  /** A connection whose handlers run inside the scope of its watch. */
  private record Watched(ServerConnection connection, ConnectionWatch watch)
      implements ServerConnection, InterruptableTask<Void> {
    @Override
    public void handle(Limit limit) throws InterruptedException {
      try {
        ScopedValue.where(ConnectionWatch.CURRENT, watch)
            .call(
                () -> {
                  connection.handle(limit);
                  return true;
                });
      } finally {
        watch.connectionEnded();
      }
    }

    /**
     * A connection with a stream is not idle however quiet its topic is; one that waits for the
     * rest of a request is.
     */
    @Override
    public Duration idleTime() {
      Duration idle = connection.idleTime();
      Duration silence = watch.silence();
      return idle.compareTo(silence) < 0 ? idle : silence;
    }

    @Override
    public void close(boolean interrupt) {
      connection.close(interrupt);
      watch.endIfSilent();
    }

    @Override
    public boolean canInterrupt() {
      return connection instanceof InterruptableTask<?> task && task.canInterrupt();
    }
  }

  /**
   * A context whose reader shows HTTP/2 resets to the watch, and whose executor carries the watch
   * along.
   */
  private static final class WatchedContext implements ConnectionContext {
    private final ConnectionContext context;
    private final DataReader reader;
    private final DataWriter writer;
    private final ExecutorService executor;

    WatchedContext(ConnectionContext context, ConnectionWatch watch) {
      this.context = context;
      this.reader =
          watch.http2()
              ? DataReader.create(new Http2Tap(context.dataReader(), watch))
              : new Utf8RequestLineReader(context.dataReader(), watch);
      this.writer = watch.dataWriter();
      this.executor =
          watch.http2() ? new ScopedExecutor(context.executor(), watch) : context.executor();
    }

    @Override
    public ListenerContext listenerContext() {
      return context.listenerContext();
    }

    @Override
    public ExecutorService executor() {
      return executor;
    }

    @Override
    public DataWriter dataWriter() {
      return writer;
    }

    @Override
    public DataReader dataReader() {
      return reader;
    }

    @Override
    public Router router() {
      return context.router();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
      return context.proxyProtocolData();
    }

    @Override
    public HelidonSocket serverSocket() {
      return context.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
      return context.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
      return context.localPeer();
    }

    @Override
    public boolean isSecure() {
      return context.isSecure();
    }

    @Override
    public String socketId() {
      return context.socketId();
    }

    @Override
    public String childSocketId() {
      return context.childSocketId();
    }
  }
}
