package io.emque.server.acceptance;

import io.emque.engine.EngineOptions;
import io.emque.engine.LogBroker;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.transport.http.HttpOptions;

/** A server on a free port of loopback. */
final class TestServer implements AutoCloseable {
  private final EmqueServer server;

  private TestServer(EmqueServer server) {
    this.server = server;
  }

  static TestServer plain() throws Exception {
    return start(ServerOptions.DEFAULT.tls(TlsOptions.OFF));
  }

  static TestServer plain(EngineOptions engine) throws Exception {
    return start(ServerOptions.DEFAULT.tls(TlsOptions.OFF).engine(engine));
  }

  static TestServer plain(HttpOptions http) throws Exception {
    return start(ServerOptions.DEFAULT.tls(TlsOptions.OFF).http(http));
  }

  static TestServer start(ServerOptions options) throws Exception {
    return new TestServer(EmqueServer.start(options.listen("127.0.0.1", 0)));
  }

  /** On a port that was free a moment ago. */
  static TestServer startAt(int port, ServerOptions options) throws Exception {
    return new TestServer(EmqueServer.start(options.listen("127.0.0.1", port)));
  }

  int port() {
    return server.port();
  }

  LogBroker broker() {
    return server.broker();
  }

  EmqueServer server() {
    return server;
  }

  @Override
  public void close() {
    server.close();
  }
}
