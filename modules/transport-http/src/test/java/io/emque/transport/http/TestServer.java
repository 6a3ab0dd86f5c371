package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.SlowPolicy;
import io.emque.engine.EngineOptions;
import io.emque.engine.MemoryBroker;
import io.emque.transport.http.limits.Limits;
import io.emque.transport.http.limits.Timeouts;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.WebServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A broker behind the transport, on a port of 127.0.0.1, with clients for it. */
final class TestServer implements AutoCloseable {
  static final Duration NEVER = Duration.ofMinutes(5);
  static final EngineOptions ENGINE = EngineOptions.DEFAULT.maxMessageBytes(64 * 1024);

  private static final Tls TLS = TestTls.server();

  final MemoryBroker broker;
  final HttpTransport transport;
  final BlockingQueue<String> accessLog;
  private final WebServer server;
  private final boolean tls;
  private final HttpClient client =
      HttpClient.newBuilder().sslContext(TestTls.trusting()).connectTimeout(NEVER).build();

  private TestServer(
      EngineOptions engine,
      HttpOptions options,
      boolean tls,
      boolean impatient,
      BlockingQueue<String> accessLog) {
    this(new MemoryBroker(engine), options, tls, impatient, accessLog);
  }

  private TestServer(
      MemoryBroker broker,
      HttpOptions options,
      boolean tls,
      boolean impatient,
      BlockingQueue<String> accessLog) {
    this.accessLog = accessLog;
    this.broker = broker;
    this.transport =
        new HttpTransport(broker, impatient ? options.limits(impatient(options)) : options);
    this.tls = tls;
    var config = WebServer.builder().port(0).host("127.0.0.1").useNio(false).shutdownHook(false);
    config.connectionOptions(socket -> socket.tcpNoDelay(true));
    if (tls) {
      config.tls(TLS);
    }
    config
        .idleConnectionTimeout(Duration.ofMillis(200))
        .idleConnectionPeriod(Duration.ofMillis(200));
    transport.configure(config, java.util.List.of());
    this.server = config.build().start();
  }

  private static Limits impatient(HttpOptions options) {
    var second = Duration.ofSeconds(1);
    return options.limits().timeouts(new Timeouts(second, NEVER, second, NEVER));
  }

  static TestServer start() {
    return start(ENGINE, heartbeat(NEVER));
  }

  static TestServer start(EngineOptions engine, HttpOptions options) {
    return new TestServer(engine, options, false, false, new LinkedBlockingQueue<>());
  }

  /** With a clock for its broker. */
  static TestServer start(InstantSource clock) {
    return start(ENGINE, clock);
  }

  static TestServer start(EngineOptions engine, InstantSource clock) {
    return new TestServer(
        new MemoryBroker(engine, clock),
        heartbeat(NEVER),
        false,
        false,
        new LinkedBlockingQueue<>());
  }

  /** With TLS, where clients get HTTP/2 by ALPN. */
  static TestServer startTls() {
    return new TestServer(ENGINE, heartbeat(NEVER), true, false, new LinkedBlockingQueue<>());
  }

  /** With an access log, kept in {@link #accessLog}. */
  static TestServer startLogging(boolean json) {
    return startLogging(json, false);
  }

  static TestServer startLoggingTls() {
    return startLogging(false, true);
  }

  /** Drops clients that are silent for a second. */
  static TestServer startImpatient() {
    return new TestServer(ENGINE, heartbeat(NEVER), false, true, new LinkedBlockingQueue<>());
  }

  static TestServer startImpatientTls() {
    return new TestServer(ENGINE, heartbeat(NEVER), true, true, new LinkedBlockingQueue<>());
  }

  private static TestServer startLogging(boolean json, boolean tls) {
    var lines = new LinkedBlockingQueue<String>();
    var options = new HttpOptions(NEVER, SlowPolicy.SKIP, false, List.of(), lines::add, json);
    return new TestServer(ENGINE, options, tls, false, lines);
  }

  /** With these limits, plaintext or TLS. */
  static TestServer start(Limits limits, boolean tls) {
    return new TestServer(
        ENGINE, heartbeat(NEVER).limits(limits), tls, false, new LinkedBlockingQueue<>());
  }

  static HttpOptions heartbeat(Duration heartbeat) {
    return new HttpOptions(heartbeat, SlowPolicy.SKIP, false, List.of(), null, false);
  }

  int port() {
    return server.port();
  }

  URI uri(String target) {
    return URI.create((tls ? "https" : "http") + "://127.0.0.1:" + port() + target);
  }

  HttpClient client() {
    return client;
  }

  RawClient connect() throws IOException {
    return RawClient.connect(port());
  }

  /** A connection that agreed on a protocol and then says nothing. */
  RawClient connectTls(String protocol) throws IOException {
    return RawClient.connectTls(port(), protocol);
  }

  RawClient webSocket(String target, String... headers) throws IOException {
    return RawClient.connect(port()).upgrade(target, headers);
  }

  HttpRequest.Builder request(String target) {
    return HttpRequest.newBuilder(uri(target)).timeout(Duration.ofSeconds(30));
  }

  HttpResponse<String> get(String target, String... headers) throws Exception {
    var request = request(target).GET();
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString(UTF_8));
  }

  HttpResponse<String> post(String target, String body, String... headers) throws Exception {
    return post(target, body.getBytes(UTF_8), headers);
  }

  HttpResponse<String> post(String target, byte[] body, String... headers) throws Exception {
    var request = request(target).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString(UTF_8));
  }

  @Override
  public void close() {
    transport.drain(Duration.ZERO);
    broker.close();
    client.shutdownNow();
    server.stop();
  }
}
