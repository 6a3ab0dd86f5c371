package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.emque.transport.http.limits.Connections;
import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.CloseConnectionException;
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
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 and HTTP/2 on one port, told apart by ALPN or by their first bytes; each connection with
 * a {@link ConnectionWatch}, to which its handlers have access. The server's own way of telling
 * protocols apart has no limit of time for a client that says nothing, and no answer for one that
 * speaks no HTTP.
 */
final class PortSelector implements ServerConnectionSelector {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII); // RFC 9113, section 3.4
  private static final Duration OVERDUE = Duration.ofDays(1);
  private static final String H2 = "h2";
  private static final String HTTP_1_1 = "http/1.1";

  private final ServerConnectionSelector http1;
  private final ServerConnectionSelector http2;
  private final TrafficMetrics traffic;
  private final LiveLimits limits;

  PortSelector(
      ServerConnectionSelector http1,
      ServerConnectionSelector http2,
      TrafficMetrics traffic,
      LiveLimits limits) {
    this.traffic = traffic;
    this.limits = limits;
    this.http1 = http1;
    this.http2 = http2;
  }

  @Override
  public int bytesToIdentifyConnection() {
    return 0;
  }

  @Override
  public Support supports(BufferData data) {
    return Support.SUPPORTED;
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return Set.of(H2, HTTP_1_1);
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    return new Watched(context);
  }

  /** A connection whose handlers run inside the scope of its watch. */
  private final class Watched implements ServerConnection, InterruptableTask<Void> {
    private final ConnectionContext context;
    private final ConnectionWatch watch;
    private volatile @Nullable ServerConnection connection; // null until its protocol is known
    private volatile @Nullable Thread thread;

    Watched(ConnectionContext context) {
      this.context = context;
      this.watch = new ConnectionWatch(context, limits);
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
      thread = Thread.currentThread();
      boolean known = false;
      Connections.Permit permit = limits.connections().enter(watch.who().address());
      try {
        if (permit.refusal() != null && !permit.isExplained()) {
          return;
        }
        watch.http2(speaksHttp2());
        if (permit.refusal() != null) {
          traffic.refused(permit.code());
          Refusal.write(watch, permit.code(), permit.refusal());
          return;
        }
        var selector = watch.http2() ? http2 : http1;
        ServerConnection speaking = selector.connection(new WatchedContext(context, watch));
        connection = speaking;
        traffic.opened(watch.http2());
        known = true;
        ScopedValue.where(ConnectionWatch.CURRENT, watch)
            .call(
                () -> {
                  speaking.handle(limit);
                  return true;
                });
      } catch (DataReader.InsufficientDataAvailableException e) {
        throw new CloseConnectionException("client has gone", e);
      } catch (IndexOutOfBoundsException | IllegalArgumentException | IllegalStateException e) {
        if (!watch.http2()) {
          throw e;
        }
        // Helidon believes some frames to be as they should: requests run on threads of their own.
        throw new CloseConnectionException("a frame is not as its kind must be", e);
      } finally {
        permit.close();
        watch.connectionEnded();
        if (known) {
          traffic.closed(watch.http2());
        }
      }
    }

    private boolean speaksHttp2() {
      HelidonSocket socket = context.serverSocket();
      if (socket.protocolNegotiated()) {
        return socket.protocol().equals(H2);
      }
      DataReader reader = context.dataReader();
      for (int length = 1; length <= PREFACE.length; length++) {
        watch.waitBegins();
        try {
          if (reader.getBuffer(length).get(length - 1) != PREFACE[length - 1]) {
            return false;
          }
        } finally {
          watch.waitEnds();
        }
      }
      return true;
    }

    /** All or nothing: what is too long may change while the server runs. */
    @Override
    public Duration idleTime() {
      return watch.isOverdue(idle()) ? OVERDUE : Duration.ZERO;
    }

    /**
     * A connection with a stream is not idle however quiet its topic is; one that waits for the
     * rest of a request is.
     */
    private Duration idle() {
      Duration silence = watch.silence();
      ServerConnection speaking = connection;
      if (speaking == null) {
        return silence;
      }
      Duration idle = speaking.idleTime();
      return idle.compareTo(silence) < 0 ? idle : silence;
    }

    @Override
    public void close(boolean interrupt) {
      ServerConnection speaking = connection;
      Thread handling = thread;
      if (speaking != null) {
        speaking.close(interrupt);
        watch.endIfSilent();
        watch.endIfUnread();
      } else if (handling != null) {
        handling.interrupt();
      }
    }

    @Override
    public boolean canInterrupt() {
      ServerConnection speaking = connection;
      return speaking == null
          || (speaking instanceof InterruptableTask<?> task && task.canInterrupt());
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
              : new Http1Reader(context.dataReader(), watch);
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
