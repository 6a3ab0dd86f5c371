package io.emque.server;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.Objects.requireNonNull;

import io.emque.client.Emque;
import io.emque.console.Console;
import io.emque.engine.LogBroker;
import io.emque.engine.MemoryBroker;
import io.emque.engine.Persistence;
import io.emque.proxy.ProxyBroker;
import io.emque.server.auth.Access;
import io.emque.server.metrics.ProcessMetrics;
import io.emque.server.metrics.Upstreams;
import io.emque.server.tls.FileWatch;
import io.emque.server.tls.Identity;
import io.emque.server.tls.LiveIdentity;
import io.emque.transport.grpc.GrpcTransport;
import io.emque.transport.http.HttpTransport;
import io.emque.transport.http.access.AccessControl;
import io.emque.transport.http.limits.Limits;
import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.limits.OpenFiles;
import io.helidon.common.socket.SocketOptions;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/** A running broker with its transports. */
public final class EmqueServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(EmqueServer.class.getName());
  private static final int BACKLOG = 4_096;

  /** With fewer it is not worth it. */
  private static final int LEAST_CONNECTIONS = 8;

  private static final Set<String> ALL_INTERFACES = Set.of("", "0.0.0.0", "::");

  /** How often connections are looked at, whether they keep the server waiting for too long. */
  private static final Duration IDLE_CHECK = Duration.ofSeconds(1);

  private static final Duration LOOK = Duration.ofMillis(400);

  private static final int KEEP_ALIVE_IDLE_SECONDS = 60;
  private static final int KEEP_ALIVE_INTERVAL_SECONDS = 15;
  private static final int KEEP_ALIVE_PROBES = 3;

  /**
   * What connections get after their goodbye, for it to be read. The web server waits as long for
   * its connections and again for its tasks; a third share is left for everything else.
   */
  private static final Duration STOP_GRACE = Duration.ofMillis(400);

  private static final int GRACES = 3;

  /** Between the end of readiness and the end of work; a share of a short time to stop. */
  private static final Duration NOTICE = Duration.ofMillis(500);

  private static final int NOTICE_SHARE = 10;

  private final ServerOptions options;
  private final LogBroker broker;
  private final HttpTransport transport;
  private final @Nullable GrpcTransport grpc;
  private final Listener server;
  private final @Nullable LiveIdentity identity;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile Duration noticed = Duration.ZERO; // of the time to stop, before close()
  private final Access access;

  private EmqueServer(
      ServerOptions options,
      LogBroker broker,
      HttpTransport transport,
      @Nullable GrpcTransport grpc,
      Listener server,
      @Nullable LiveIdentity identity,
      Access access) {
    this.access = access;
    this.options = options;
    this.broker = broker;
    this.transport = transport;
    this.grpc = grpc;
    this.server = server;
    this.identity = identity;
  }

  /**
   * Starts a server; when this returns it listens.
   *
   * @throws ServerException when it cannot: a port in use, a certificate that cannot be read
   */
  public static EmqueServer start(ServerOptions options) throws ServerException {
    return launch(options, null);
  }

  /**
   * Starts a server of a broker that the program has made; when this returns it listens. What the
   * options say of a broker is not looked at.
   *
   * @param broker closed with the server
   * @throws ServerException as {@link #start(ServerOptions)}
   * @throws IllegalArgumentException when the options describe where another one keeps its messages
   */
  public static EmqueServer start(ServerOptions options, LogBroker broker) throws ServerException {
    if (options.upstream() != null || options.store() != null) {
      throw new IllegalArgumentException(
          "the broker is given; leave upstream and store out of the options");
    }
    return launch(options, requireNonNull(broker, "broker"));
  }

  private static EmqueServer launch(ServerOptions options, @Nullable LogBroker given)
      throws ServerException {
    requireFiles();
    requireFree(options);
    FutureTask<Identity> made = makeAhead(options);
    LiveIdentity identity = made == null ? identity(options) : null;
    Access access = Access.open(options.auth());
    Emque upstream = options.upstream() == null ? null : options.upstream().connect();
    LogBroker broker = given == null ? broker(options, upstream) : given;
    var transport =
        new HttpTransport(
            broker, options.http(), options.transport() == Transport.GRPC, access.control());
    transport.addMetrics(new ProcessMetrics(version()));
    if (upstream != null) {
      var upstreams = new Upstreams(upstream);
      transport.addMetrics(upstreams);
      transport.health().add(upstreams::trouble);
    }
    Console.addModules(transport);
    if (options.console()) {
      Console.addTo(transport);
    }
    GrpcTransport grpc =
        options.transport() == Transport.HTTP
            ? null
            : new GrpcTransport(broker, transport, options.http());
    if (made != null) {
      identity = LiveIdentity.fixed(get(made), null);
    }
    if (identity != null) {
      transport.addMetrics(identity);
    }
    LiveIdentity shown = identity;
    var server =
        new Listener(
            options.port(),
            port -> webServer(options, port, transport, grpc, shown, access.control()));
    if (!server.isRunning()) {
      broker.close();
      access.close();
      if (identity != null) {
        identity.close();
      }
      throw new ServerException("cannot listen on " + address(options) + "; the log says why");
    }
    return new EmqueServer(options, broker, transport, grpc, server, identity, access);
  }

  /**
   * A tenth of the time that a start takes goes into a key and a certificate: meanwhile it goes on.
   */
  private static @Nullable FutureTask<Identity> makeAhead(ServerOptions options) {
    if (!(options.tls() instanceof TlsOptions.SelfSigned own) || own.clients() != null) {
      return null;
    }
    var made = new FutureTask<>(() -> Identity.selfSigned(options.host()));
    Thread.ofPlatform().name("emque-self-signed").daemon().start(made);
    return made;
  }

  private static Identity get(FutureTask<Identity> made) throws ServerException {
    try {
      return made.get();
    } catch (ExecutionException e) {
      throw new ServerException("no certificate could be made: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServerException("interrupted while starting", e);
    }
  }

  private static LogBroker broker(ServerOptions options, @Nullable Emque upstream)
      throws ServerException {
    return upstream == null
        ? new MemoryBroker(options.engine(), InstantSource.system(), persistence(options))
        : new ProxyBroker(upstream, options.engine());
  }

  /**
   * Refuses what {@link #start} would refuse before it opens a port or a folder.
   *
   * @throws ServerException a certificate or a file of tokens that cannot be used
   */
  public static void check(ServerOptions options) throws ServerException {
    Access.open(options.auth()).close();
    LiveIdentity identity = identity(options);
    if (identity != null) {
      identity.close();
    }
  }

  private static @Nullable LiveIdentity identity(ServerOptions options) throws ServerException {
    return switch (options.tls()) {
      case TlsOptions.Off off -> null;
      case TlsOptions.SelfSigned selfSigned ->
          LiveIdentity.fixed(Identity.selfSigned(options.host()), selfSigned.clients());
      case TlsOptions.Files files ->
          LiveIdentity.following(
              () -> Identity.load(files.certificate(), files.key()),
              List.of(files.certificate(), files.key()),
              files.clients());
    };
  }

  private static @Nullable Persistence persistence(ServerOptions options) throws ServerException {
    StoreOptions store = options.store();
    if (store == null) {
      return null;
    }
    try {
      return store.open(options.engine().maxMessageBytes());
    } catch (IOException e) {
      throw new ServerException("cannot keep messages on disk: " + e.getMessage(), e);
    }
  }

  private static void requireFiles() throws ServerException {
    if (OpenFiles.connections() < LEAST_CONNECTIONS) {
      throw new ServerException(
          "the process may have "
              + OpenFiles.most()
              + " files open, which leaves none for connections: it has "
              + OpenFiles.open()
              + " itself; raise them (ulimit -n 1024)");
    }
  }

  /** Binds once before the server does, which would tell a failure to its log alone. */
  private static void requireFree(ServerOptions options) throws ServerException {
    String host = bindHost(options);
    var address = new InetSocketAddress(host, options.port());
    if (address.isUnresolved()) {
      throw new ServerException(
          "cannot listen on "
              + address(options)
              + ": the host is unknown; name one of this machine");
    }
    try (var probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(address);
    } catch (IOException e) {
      throw new ServerException(
          "cannot listen on "
              + address(options)
              + ": "
              + e.getMessage()
              + "; choose another --address, or stop what listens there",
          e);
    }
  }

  private static String bindHost(ServerOptions options) {
    return options.host().isEmpty() ? "0.0.0.0" : options.host();
  }

  private static String address(ServerOptions options) {
    return literal(options.host()) + ":" + options.port();
  }

  private static String literal(String host) {
    return host.indexOf(':') < 0 ? host : "[" + host + "]";
  }

  private static WebServerConfig webServer(
      ServerOptions options,
      int port,
      HttpTransport transport,
      @Nullable GrpcTransport grpc,
      @Nullable LiveIdentity identity,
      AccessControl access) {
    var config =
        WebServer.builder()
            .host(bindHost(options))
            .port(port)
            .backlog(BACKLOG)
            .useNio(false) // writes go out whole, and connections hold no direct buffers
            .shutdownHook(false)
            .idleConnectionTimeout(IDLE_CHECK) // they say themselves when it is too long
            .idleConnectionPeriod(IDLE_CHECK)
            .maxTcpConnections(OpenFiles.connections())
            .shutdownGracePeriod(grace(options))
            .connectionOptions(
                SocketOptions.builder()
                    .tcpNoDelay(true)
                    .socketKeepAlive(true)
                    .putSocketOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEP_ALIVE_IDLE_SECONDS)
                    .putSocketOption(
                        ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEP_ALIVE_INTERVAL_SECONDS)
                    .putSocketOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEP_ALIVE_PROBES)
                    .build());
    config.listenerSocketOptions().put(StandardSocketOptions.SO_REUSEADDR, true);
    transport.configure(config, grpc == null ? List.of() : List.of(grpc.selector()));
    if (grpc != null) {
      grpc.configure(config);
    }
    if (identity != null) {
      config.tls(
          Tls.builder().sslContext(identity.context(transport.limits(), access::refused)).build());
    }
    return config.buildPrototype();
  }

  /** A share of the time to stop, when that is short. */
  private static Duration grace(ServerOptions options) {
    Duration share = options.drain().dividedBy(GRACES + 2);
    return share.compareTo(STOP_GRACE) < 0 ? share : STOP_GRACE;
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** The program's version, as the build wrote it. */
  public static String version() {
    try (InputStream in = EmqueServer.class.getResourceAsStream("version.properties")) {
      var properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** Where it can be reached; {@code localhost} when it listens on all interfaces. */
  public URI uri() {
    String host = ALL_INTERFACES.contains(options.host()) ? "localhost" : literal(options.host());
    return URI.create((identity == null ? "http://" : "https://") + host + ":" + port());
  }

  /** SHA-256 of its certificate as OpenSSL prints it; empty without TLS. */
  public Optional<String> fingerprint() {
    return Optional.ofNullable(identity).map(live -> live.current().fingerprint());
  }

  /** The certificate it shows now; empty without TLS. */
  public Optional<X509Certificate> certificate() {
    return Optional.ofNullable(identity).map(live -> live.current().chain().getFirst());
  }

  /**
   * Reads certificate and key again, the authorities of clients, and what the authorizer has. New
   * connections get what is there; what cannot be used changes nothing and is logged. Happens by
   * itself when the files change.
   */
  public void reload() {
    if (identity != null) {
      identity.reload();
    }
    try {
      access.reload();
    } catch (IOException e) {
      LOG.log(WARNING, () -> "who may do what stays as it is: " + e.getMessage());
    }
  }

  /** Whether anyone who may connect may do anything. */
  public boolean openToAnyone() {
    return options.auth() == null;
  }

  /** Whether only clients with a good certificate may connect. */
  public boolean certificateRequired() {
    ClientCertificates clients = options.tls().clients();
    return clients != null && clients.required();
  }

  /**
   * Looks at a file about twice a second.
   *
   * @param changed called by a thread of its own when the file has become another and stays so
   */
  public static Following follow(Path file, Runnable changed) {
    var watch = new FileWatch(List.of(file), LOOK, changed, () -> {});
    watch.start();
    return watch::close;
  }

  /** What clients may take, and how much they do. */
  public LiveLimits limits() {
    return transport.limits();
  }

  /**
   * Sets other limits, from now on; connections and topics that stand over one stay. {@link
   * io.emque.transport.http.limits.Heads} stay as they were.
   *
   * @param maxTopics how many there may be
   */
  public void limit(Limits limits, int maxTopics) {
    transport.limits().set(limits);
    broker.maxTopics(maxTopics);
  }

  /** Whether the certificate was made at this start. */
  public boolean selfSigned() {
    return options.tls() instanceof TlsOptions.SelfSigned;
  }

  /** Whether a message comes through the broker in time. Blocks while it is under way. */
  public boolean isLive() {
    return transport.health().isLive();
  }

  /** The broker inside. */
  public LogBroker broker() {
    return broker;
  }

  /** Something that is being looked at. */
  public interface Following extends AutoCloseable {
    /** Not any more. */
    @Override
    void close();
  }

  /**
   * Stops as {@link #close}, a moment after readiness is off: by then whoever looks at it sends no
   * more work, and what was on its way is taken. Without a connection there is nobody to wait for.
   */
  public void stop() {
    turnAway();
    Duration share = options.drain().dividedBy(NOTICE_SHARE);
    Duration notice = share.compareTo(NOTICE) < 0 ? share : NOTICE;
    if (transport.traffic().open() > 0) {
      try {
        Thread.sleep(notice);
        noticed = notice;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    close();
  }

  private void turnAway() {
    transport.turnAway();
    if (grpc != null) {
      grpc.drain();
    }
  }

  /**
   * Stops: no new work, subscribers get what is in the log and a goodbye that says where they stand
   * and when to come back, for at most the time the options give; then the rest is cut. Closing
   * twice is harmless.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    turnAway();
    transport.drain(options.drain());
    boolean interrupted = false;
    try {
      Duration forSubscribers =
          options.drain().minus(noticed).minus(grace(options).multipliedBy(GRACES));
      Duration toTheEnd = forSubscribers.multipliedBy(3).dividedBy(4);
      boolean drained = transport.awaitDrained(toTheEnd);
      broker.endReaders(); // who has more to read than there is time goes on elsewhere
      if (!drained && !transport.awaitDrained(forSubscribers.minus(toTheEnd))) {
        LOG.log(WARNING, "some subscribers did not read their last messages in time");
      }
    } catch (InterruptedException e) {
      interrupted = true; // the web server would refuse to stop
    }
    server.stop();
    broker.close();
    access.close();
    if (identity != null) {
      identity.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
