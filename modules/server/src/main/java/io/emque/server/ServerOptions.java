package io.emque.server;

import static java.util.Objects.requireNonNull;

import io.emque.client.EmqueBuilder;
import io.emque.engine.EngineOptions;
import io.emque.transport.http.HttpOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Everything a server needs to know.
 *
 * @param host name or address to listen on; empty for all interfaces
 * @param port 0 for any that is free
 * @param tls how connections are secured
 * @param engine limits of the broker
 * @param http behaviour of the transport
 * @param drain how long stopping may take; a day at most
 * @param upstream the client that reaches the servers that the topics live on; null for a server
 *     whose topics are its own
 * @param transport what it speaks
 * @param store how messages are kept on disk; null for memory alone
 * @param console whether browsers get the page that shows the broker
 * @param auth who may do what; null for anyone anything
 */
public record ServerOptions(
    String host,
    int port,
    TlsOptions tls,
    EngineOptions engine,
    HttpOptions http,
    Duration drain,
    @Nullable EmqueBuilder upstream,
    Transport transport,
    @Nullable StoreOptions store,
    boolean console,
    @Nullable AuthOptions auth) {
  private static final Duration LONGEST_DRAIN = Duration.ofDays(1);

  /** All interfaces, port 8081, self-signed, 10 seconds to drain, with the console. */
  public static final ServerOptions DEFAULT =
      new ServerOptions(
          "",
          8081,
          TlsOptions.SELF_SIGNED,
          EngineOptions.DEFAULT,
          HttpOptions.DEFAULT,
          Duration.ofSeconds(10),
          null,
          Transport.ALL,
          null,
          true,
          null);

  /** Refuses nulls, a port out of range, and a drain that is negative or longer than a day. */
  public ServerOptions {
    requireNonNull(host, "host");
    requireNonNull(tls, "tls");
    requireNonNull(engine, "engine");
    requireNonNull(http, "http");
    requireNonNull(transport, "transport");
    if (upstream != null && store != null) {
      throw new IllegalArgumentException("a proxy keeps no messages; leave the store out");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be 0 to 65535, got " + port);
    }
    if (drain.isNegative() || drain.compareTo(LONGEST_DRAIN) > 0) {
      throw new IllegalArgumentException("drain must be 0 to 1 day, got " + drain);
    }
  }

  /** These options with another address. */
  public ServerOptions listen(String newHost, int newPort) {
    return new ServerOptions(
        newHost, newPort, tls, engine, http, drain, upstream, transport, store, console, auth);
  }

  /** These options with other security. */
  public ServerOptions tls(TlsOptions newTls) {
    return new ServerOptions(
        host, port, newTls, engine, http, drain, upstream, transport, store, console, auth);
  }

  /** These options with other limits. */
  public ServerOptions engine(EngineOptions newEngine) {
    return new ServerOptions(
        host, port, tls, newEngine, http, drain, upstream, transport, store, console, auth);
  }

  /** These options with another transport. */
  public ServerOptions http(HttpOptions newHttp) {
    return new ServerOptions(
        host, port, tls, engine, newHttp, drain, upstream, transport, store, console, auth);
  }

  /** These options with another time to stop. */
  public ServerOptions drain(Duration newDrain) {
    return new ServerOptions(
        host, port, tls, engine, http, newDrain, upstream, transport, store, console, auth);
  }

  /** These options for a proxy before other servers. */
  public ServerOptions upstream(EmqueBuilder newUpstream) {
    return new ServerOptions(
        host, port, tls, engine, http, drain, newUpstream, transport, store, console, auth);
  }

  /** These options with other protocols. */
  public ServerOptions transport(Transport newTransport) {
    return new ServerOptions(
        host, port, tls, engine, http, drain, upstream, newTransport, store, console, auth);
  }

  /** These options with messages kept on disk. */
  public ServerOptions store(StoreOptions newStore) {
    return new ServerOptions(
        host, port, tls, engine, http, drain, upstream, transport, newStore, console, auth);
  }

  /** These options with or without the page for browsers. */
  public ServerOptions console(boolean newConsole) {
    return new ServerOptions(
        host, port, tls, engine, http, drain, upstream, transport, store, newConsole, auth);
  }

  /** These options with other rules of who may do what. */
  public ServerOptions auth(@Nullable AuthOptions newAuth) {
    return new ServerOptions(
        host, port, tls, engine, http, drain, upstream, transport, store, console, newAuth);
  }
}
