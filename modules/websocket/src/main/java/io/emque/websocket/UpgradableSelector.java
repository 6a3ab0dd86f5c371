package io.emque.websocket;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;

/**
 * HTTP/1.1 connections that a stopping server does not interrupt once they are WebSockets. An
 * interrupt closes the socket, and the goodbye would not come through; after its grace period the
 * server interrupts all that is left.
 */
final class UpgradableSelector implements ServerConnectionSelector {
  /** The connection whose thread this is. */
  static final ScopedValue<Upgradable> CURRENT = ScopedValue.newInstance();

  private final ServerConnectionSelector http1;

  UpgradableSelector(ServerConnectionSelector http1) {
    this.http1 = http1;
  }

  @Override
  public int bytesToIdentifyConnection() {
    return http1.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return http1.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http1.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    return new Upgradable(http1.connection(context));
  }

  /** A connection that knows whether it was upgraded. */
  static final class Upgradable implements ServerConnection, InterruptableTask<Void> {
    private final ServerConnection connection;
    private volatile boolean upgraded;

    private Upgradable(ServerConnection connection) {
      this.connection = connection;
    }

    void upgraded() {
      upgraded = true;
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
      ScopedValue.where(CURRENT, this)
          .call(
              () -> {
                connection.handle(limit);
                return true;
              });
    }

    @Override
    public boolean canInterrupt() {
      return !upgraded && connection instanceof InterruptableTask<?> task && task.canInterrupt();
    }

    @Override
    public Duration idleTime() {
      return connection.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
      connection.close(interrupt);
    }
  }
}
