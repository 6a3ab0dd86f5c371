package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.spi.Credential;
import io.emque.engine.LogBroker;
import io.emque.engine.Reader;
import io.emque.transport.http.access.AccessControl;
import io.emque.transport.http.access.Caller;
import io.emque.transport.http.limits.Heads;
import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.metrics.BrokerMetrics;
import io.emque.transport.http.metrics.MetricsSource;
import io.emque.transport.http.metrics.TrafficMetrics;
import io.emque.websocket.WebSocketOptions;
import io.emque.websocket.WebSockets;
import io.helidon.common.uri.UriPath;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2ConnectionSelector;
import io.helidon.webserver.http2.spi.Http2SubProtocolSelector;
import io.helidon.webserver.websocket.WsRouting;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1, HTTP/2 and WebSocket for a broker. {@link #configure} a server with it; to stop, {@link
 * #drain}, wait, and then stop the server.
 */
public final class HttpTransport {
  /**
   * In ten seconds. Streams of gRPC count, though they were answered: its clients cancel freely.
   */
  private static final int MAX_RESETS = 10_000;

  static final int ENVELOPE = 16 * 1024;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

  /** A subscriber may stop reading for long and then learn what it missed. */
  private static final Duration FLOW_CONTROL_TIMEOUT = Duration.ofDays(1);

  private final LogBroker broker;
  private final HttpOptions options;
  private final Streams streams = new Streams();
  private final TrafficMetrics traffic = new TrafficMetrics();
  private final LiveLimits limits;
  private final List<MetricsSource> metrics = new CopyOnWriteArrayList<>();
  private final Map<String, Handler> pages = new LinkedHashMap<>();
  private final Health health;
  private final StatsFeed stats;
  private final boolean grpcAlone;
  private final AccessControl access;

  /** A transport for a broker, open to anyone; it does not close the broker. */
  public HttpTransport(LogBroker broker, HttpOptions options) {
    this(broker, options, false, AccessControl.open());
  }

  /**
   * @param grpcAlone whether health and metrics are all that is to be had by HTTP
   * @param access who may do what, by this and every other protocol of the port
   */
  public HttpTransport(
      LogBroker broker, HttpOptions options, boolean grpcAlone, AccessControl access) {
    this.grpcAlone = grpcAlone;
    this.access = access;
    this.broker = broker;
    this.options = options;
    this.limits = new LiveLimits(options.limits());
    this.health = new Health(broker);
    this.stats = new StatsFeed(broker, traffic);
    metrics.add(new BrokerMetrics(broker));
    metrics.add(traffic);
    metrics.add(limits);
    metrics.add(access);
  }

  /**
   * Adds routes, filters and connection selectors; the server must not discover protocols itself.
   *
   * @param subProtocols what else speaks over HTTP/2 on this port
   */
  public void configure(
      WebServerConfig.Builder server, List<Http2SubProtocolSelector> subProtocols) {
    // A payload may come in an envelope; its own size is looked at when it has been taken out.
    var webSocket =
        new WebSocketOptions(broker.options().maxMessageBytes() + ENVELOPE, CLOSE_TIMEOUT);
    Heads heads = options.limits().heads();
    // Queries and paths are validated by our own rules, which name the fault.
    var http1 =
        Http1Config.builder()
            .validatePrologue(false)
            .validatePath(false)
            .maxPrologueLength(heads.lineBytes())
            .maxHeadersSize(heads.headerBytes())
            .build();
    var http2 =
        Http2Config.builder()
            .validatePath(false)
            .maxConcurrentStreams(heads.streams())
            .maxRapidResets(MAX_RESETS)
            .maxHeaderListSize(heads.headerBytes())
            .flowControlTimeout(FLOW_CONTROL_TIMEOUT)
            .build();
    var http2Selector = Http2ConnectionSelector.builder().http2Config(http2);
    subProtocols.forEach(http2Selector::addSubProtocolSelector);
    server
        .protocolsDiscoverServices(false)
        .addConnectionSelector(
            new PortSelector(
                WebSockets.http1Selector(http1, webSocket), http2Selector.build(), traffic, limits))
        .maxPayloadSize(-1) // per message, not per request: batches have no limit
        .directHandlers(Errors.direct(traffic))
        .addRouting(httpRouting());
    var webSockets = WsRouting.builder();
    if (!grpcAlone) {
      webSockets
          .endpoint("/pub", () -> new PublishSocket(broker.options().maxMessageBytes(), traffic))
          .endpoint("/sub", () -> new SubscribeSocket(options, streams, traffic));
    }
    server.addRouting(webSockets);
  }

  private HttpRouting.Builder httpRouting() {
    var publish = new PublishEndpoint(broker.options().maxMessageBytes());
    var subscribe = new SubscribeEndpoint(stats, options, streams, traffic);
    var topics = new TopicsEndpoint();
    var status = new StatusEndpoint(health, metrics);
    var routing = HttpRouting.builder();
    Errors.route(routing);
    routing.addFilter(HttpTransport::endWhereAsked);
    routing.addFilter(new RequestCount(traffic)::filter);
    var origins = new OriginPolicy(options.allowOrigins(), !access.isOpen());
    var credentials = new Credentials(origins, access.queryToken());
    if (grpcAlone) {
      routing.addFilter((chain, req, res) -> asCaller(credentials, req, chain));
      get(routing, "/health/live", status::live);
      get(routing, "/health/ready", status::ready);
      get(routing, "/metrics", status::metrics);
      routing.any(
          (req, res) -> {
            throw new BrokerException(
                ErrorCode.NOT_FOUND,
                "this server speaks gRPC alone; start it without --transport=grpc for HTTP");
          });
      return routing;
    }
    if (options.accessLog() != null) {
      routing.addFilter(new AccessLog(options.accessLog(), options.accessLogJson())::filter);
    }
    routing.addFilter(
        (chain, req, res) -> {
          requirePath(req.prologue().uriPath());
          chain.proceed();
        });
    routing.addFilter(origins::filter);
    routing.addFilter((chain, req, res) -> asCaller(credentials, req, chain));
    routing.post("/pub", publish::handle).put("/pub", publish::handle);
    routing.any("/pub", onlyFor("POST, PUT"));
    routing.get("/sub", subscribe::topic).any("/sub", onlyFor("GET")); // streams have no HEAD
    routing.get("/stats", subscribe::stats).any("/stats", onlyFor("GET"));
    routing.get("/topics", topics::list).head("/topics", topics::list);
    routing.get("/topics/*", topics::byName).head("/topics/*", topics::byName);
    routing.delete("/topics", topics::delete).delete("/topics/*", topics::delete);
    Handler others = onlyFor("GET, HEAD, DELETE");
    routing.any("/topics", others).any("/topics/*", others);
    get(routing, "/health/live", status::live);
    get(routing, "/health/ready", status::ready);
    get(routing, "/metrics", status::metrics);
    pages.forEach((path, page) -> routing.get(path, page).head(path, page));
    get(routing, "/", status::home);
    pages.keySet().forEach(path -> routing.any(path, onlyFor("GET, HEAD")));
    routing.any(
        (req, res) -> {
          throw new BrokerException(
              ErrorCode.NOT_FOUND,
              "there is nothing at "
                  + req.prologue().uriPath().rawPath()
                  + "; see /pub, /sub, /topics, /stats, /health/live, /health/ready, /metrics");
        });
    return routing;
  }

  /** Routes are looked for by what a path reads as; Helidon asks that of all routes, one by one. */
  private static void requirePath(UriPath path) {
    Query.decode(path.rawPath(), false);
    try {
      path.path();
    } catch (IllegalArgumentException e) {
      throw new BrokerException(
          ErrorCode.QUERY_INVALID,
          "the path "
              + SubscribeParameters.shown(path.rawPath())
              + " has a character that no path may have; escape each byte of its UTF-8 as %XX",
          e);
    }
  }

  /** The server says that it closes a connection, and then does not (RFC 9112, section 9.6). */
  private static void endWhereAsked(FilterChain chain, RoutingRequest req, RoutingResponse res) {
    try {
      chain.proceed();
    } finally {
      if (req.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
        ConnectionWatch.CURRENT.get().lastAnswered();
      }
    }
  }

  /** Every request has a caller; endpoints get the broker from it alone. */
  private void asCaller(Credentials credentials, RoutingRequest req, FilterChain chain) {
    Caller caller = caller(credentials.of(req), ConnectionWatch.CURRENT.get().remotePeer().host());
    ScopedValue.where(Caller.CURRENT, caller).run(chain::proceed);
  }

  private Caller caller(Credential credential, String from) {
    return access.caller(broker, credential, from);
  }

  /** The token in a header {@code Authorization}; empty, which none is, for another scheme. */
  public static String bearer(String authorization) {
    return Credentials.bearer(authorization);
  }

  /**
   * Whoever has begun a call of another protocol.
   *
   * @param authorization as the header of that name; null for none
   */
  public Caller caller(@Nullable String authorization, StreamScope call) {
    String token = authorization == null ? null : bearer(authorization);
    RemotePeer peer = call.remotePeer();
    return caller(new Credential(token, peer.certificate()), peer.host());
  }

  private static void get(HttpRouting.Builder routing, String path, Handler handler) {
    routing.get(path, handler).head(path, handler);
    routing.any(path, onlyFor("GET, HEAD"));
  }

  private static Handler onlyFor(String methods) {
    return (req, res) -> {
      Method method = req.prologue().method();
      res.header(HeaderNames.ALLOW, methods);
      res.status(Status.METHOD_NOT_ALLOWED_405);
      throw new BrokerException(
          ErrorCode.METHOD_NOT_ALLOWED,
          method.text()
              + " is not for "
              + req.prologue().uriPath().rawPath()
              + "; it takes "
              + methods);
    };
  }

  /**
   * A subscriber's stream in another protocol, begun by its thread inside a connection of this
   * port; {@link #awaitDrained} waits for it.
   */
  public StreamScope openStream() {
    return openStream(Thread.currentThread());
  }

  /**
   * As above, with another thread that writes, and that closes it.
   *
   * @param thread what is to be got out of its writes
   */
  public StreamScope openStream(Thread thread) {
    return new StreamScope(thread, streams);
  }

  /**
   * Any other call in another protocol, begun inside a connection of this port.
   *
   * @param thread what is to be got out of its writes
   */
  public StreamScope openCall(Thread thread) {
    return new StreamScope(thread, null);
  }

  /** What {@code /health} answers from. */
  public Health health() {
    return health;
  }

  /** What clients may take; may be set to others at any time. */
  public LiveLimits limits() {
    return limits;
  }

  /** What is counted of this port; other protocols that share it count theirs there too. */
  public TrafficMetrics traffic() {
    return traffic;
  }

  /**
   * Adds what a {@code GET} of a path answers; before {@link #configure}. A handler that does not
   * want a request passes it on with {@link io.helidon.webserver.http.ServerResponse#next}.
   */
  public void addPage(String path, Handler handler) {
    pages.put(path, handler);
  }

  /** Adds to what {@code /metrics} shows. */
  public void addMetrics(MetricsSource source) {
    metrics.add(source);
  }

  /** What a subscriber's stream in another protocol says when it ends because the broker stops. */
  public Moved moved(Reader reader) {
    return streams.moved(reader);
  }

  /** Not ready from now on; all else goes on. */
  public void turnAway() {
    health.drain();
  }

  /**
   * No new work from now on; subscribers get what is in the log, and are told where they stand and
   * when to come back.
   *
   * @param spread over how long they are asked to come back, at most
   */
  public void drain(Duration spread) {
    turnAway();
    streams.drain(spread);
    stats.drain();
    broker.drain();
  }

  /**
   * Waits until every subscriber has got its goodbye.
   *
   * @return false when the time was too short
   */
  public boolean awaitDrained(Duration timeout) throws InterruptedException {
    return streams.awaitNone(timeout.toNanos());
  }
}
