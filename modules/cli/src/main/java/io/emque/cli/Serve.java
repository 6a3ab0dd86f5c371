package io.emque.cli;

import io.emque.api.SlowPolicy;
import io.emque.api.spi.Providers;
import io.emque.engine.EngineOptions;
import io.emque.engine.SyncMode;
import io.emque.server.ClientCertificates;
import io.emque.server.EmqueServer;
import io.emque.server.ServerException;
import io.emque.server.ServerOptions;
import io.emque.server.StoreOptions;
import io.emque.server.TlsOptions;
import io.emque.server.Transport;
import io.emque.transport.http.HttpOptions;
import io.emque.transport.http.limits.OpenFiles;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/** {@code emque serve}: runs until a signal stops it. */
final class Serve {
  /** Below it, what is refused for want of memory is worth a line at the start. */
  private static final long SMALL_HEAP = 192L << 20;

  /** What the disk may take after the last connection has ended. */
  private static final Duration FLUSH = Duration.ofSeconds(30);

  private final Settings settings;
  private final Providers providers;
  private final PrintStream talk;

  Serve(Settings settings, Providers providers, PrintStream talk) {
    this.settings = settings;
    this.providers = providers;
    this.talk = talk;
  }

  /** Returns the exit code. */
  int run() throws UsageException, ServerException {
    // A client of TLS 1.2 could otherwise have a connection do handshakes without end.
    System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    String accessLog = settings.text("access_log");
    try (AccessLogWriter writer =
        accessLog.equals("off")
            ? null
            : new AccessLogWriter(new FileOutputStream(FileDescriptor.out))) {
      ServerOptions options = options(writer, accessLog.equals("json"));
      ServiceManager service = ServiceManager.of(System.getenv());
      try (EmqueServer server = EmqueServer.start(options);
          var config = new LiveConfig(settings, server, this::recheck)) {
        var stop = new CountDownLatch(1);
        onSignal("TERM", 143, stop);
        onSignal("INT", 130, stop);
        Signals.on("HUP", () -> reload(server, config));
        greet(server);
        service.ready("listening on " + server.uri(), server::isLive);
        stop.await();
        say("emque stopping; once more to stop at once");
        service.stopping(options.drain().plus(FLUSH));
        server.stop();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return 0;
  }

  /** Refuses what a server would refuse before it listens. */
  void check() throws UsageException, ServerException {
    EmqueServer.check(options(null, false));
  }

  /** Files of TLS are not looked at: they are followed by themselves, and keep what is good. */
  private void recheck(Settings read) throws UsageException {
    Combinations.check(read, true);
    new Serve(read, providers, talk).options(null, false);
  }

  private static void reload(EmqueServer server, LiveConfig config) {
    config.reload();
    server.reload();
  }

  /** The first signal stops, the second one ends the process at once. */
  private static void onSignal(String name, int code, CountDownLatch stop) {
    Signals.on(
        name,
        () -> {
          if (stop.getCount() == 0) {
            Runtime.getRuntime().halt(code);
          }
          stop.countDown();
        });
  }

  private void greet(EmqueServer server) throws UsageException {
    String security =
        server
            .fingerprint()
            .map(
                print ->
                    (server.selfSigned() ? " (self-signed, " : " (") + "SHA-256 " + print + ")")
            .orElse(" (plaintext)");
    say("emque " + EmqueServer.version() + " listening on " + server.uri() + security);
    if (settings.bool("proxy")) {
      boolean trusting = settings.text("ca_file").isEmpty();
      say(
          "proxy before "
              + String.join(", ", settings.list("servers"))
              + (trusting ? "; their certificates are not verified without --ca_file" : ""));
    }
    if (server.openToAnyone()) {
      say(
          (server.certificateRequired() ? "anyone with a good certificate" : "anyone")
              + " may publish and subscribe; --auth=tokens asks who they are");
    }
    sayIfSmall(server);
    if (Logging.format(settings) == LogFormat.JSON) {
      return;
    }
    talk.println(
        "try: curl "
            + (server.selfSigned() ? "-kN" : "-N")
            + " '"
            + server.uri()
            + "/sub?topic=foo'");
  }

  private void sayIfSmall(EmqueServer server) throws UsageException {
    long heap = Runtime.getRuntime().maxMemory();
    if (heap < SMALL_HEAP) {
      say(
          "a heap of "
              + (heap >> 20)
              + " MiB has room for "
              + server.limits().connections().limit()
              + " connections, "
              + new LimitSettings(settings).maxTopics()
              + " topics and messages of "
              + (engine().maxMessageBytes() >> 10)
              + " KiB; the rest is refused. More with a larger -Xmx (EMQUE_JAVA_OPTS), or flags");
    }
  }

  /** A line for whoever started it, in the form that the log has. */
  private void say(String words) {
    if (Logging.format(settings) == LogFormat.TEXT) {
      talk.println(words);
      return;
    }
    var line = new LogRecord(Level.INFO, words);
    line.setLoggerName(Serve.class.getName());
    talk.println(LogFormat.JSON.line(line));
  }

  private ServerOptions options(@Nullable AccessLogWriter accessLog, boolean json)
      throws UsageException {
    Values.Address address = settings.address("address");
    try {
      return new ServerOptions(
          address.host(),
          address.port(),
          tls(),
          engine(),
          new HttpOptions(
              settings.duration("heartbeat"),
              SlowPolicy.valueOf(settings.text("slow").toUpperCase(Locale.ROOT)),
              settings.bool("allow_block"),
              origins(),
              accessLog,
              json,
              new LimitSettings(settings).limits()),
          settings.duration("drain"),
          settings.bool("proxy") ? Connect.upstream(settings, providers) : null,
          transport(),
          settings.bool("persist") ? store() : null,
          settings.text("console").equals("on"),
          new Auth(settings, providers).options());
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private StoreOptions store() throws UsageException {
    return new StoreOptions(
        providers.store(settings.text("store")),
        Path.of(settings.text("data_dir")),
        SyncMode.valueOf(settings.text("sync").toUpperCase(Locale.ROOT)),
        settings.size("segment_bytes"),
        OpenFiles.logs(),
        settings.size("disk_retain_bytes"),
        settings.duration("disk_retain_age"),
        settings.number("disk_retain_count"),
        settings.size("disk_total"),
        settings.size("disk_free"));
  }

  private Transport transport() {
    return switch (settings.text("transport")) {
      case "http" -> Transport.HTTP;
      case "grpc" -> Transport.GRPC;
      default -> Transport.ALL;
    };
  }

  private List<String> origins() throws UsageException {
    List<String> origins = settings.list("allow_origins");
    for (String origin : origins) {
      if (!origin.equals("*") && !origin.matches("[a-z][a-z0-9+.-]*://[^/\\s]+")) {
        throw new UsageException(
            "allow_origins names \"" + origin + "\", which is no origin as https://example.com");
      }
    }
    return origins;
  }

  private TlsOptions tls() throws UsageException {
    String certificate = settings.text("cert_file");
    ClientCertificates clients = clients();
    if (settings.text("tls").equals("off")) {
      if (!certificate.isEmpty() || clients != null) {
        throw new UsageException(
            "--tls=off and --"
                + (clients == null ? "cert_file" : "client_ca_file")
                + " exclude each other; leave one out");
      }
      return TlsOptions.OFF;
    }
    TlsOptions tls =
        certificate.isEmpty()
            ? TlsOptions.SELF_SIGNED
            : new TlsOptions.Files(Path.of(certificate), Path.of(settings.text("key_file")));
    return clients == null ? tls : tls.clients(clients);
  }

  private @Nullable ClientCertificates clients() throws UsageException {
    String authorities = settings.text("client_ca_file");
    boolean required = settings.text("client_auth").equals("required");
    if (!authorities.isEmpty()) {
      if (!required && settings.text("auth").equals("none")) {
        throw new UsageException(
            "--client_auth=optional lets anyone in without --auth; choose --auth=tokens or another,"
                + " or leave --client_auth out");
      }
      return new ClientCertificates(Path.of(authorities), required);
    }
    if (!required) {
      throw new UsageException("--client_auth=optional needs --client_ca_file; name one");
    }
    return null;
  }

  private EngineOptions engine() throws UsageException {
    String given = settings.text("max_message_bytes");
    long largest =
        given.isEmpty()
            ? EngineOptions.DEFAULT.maxMessageBytes()
            : settings.size("max_message_bytes");
    if (largest < 1 || largest > 1L << 30) {
      throw new UsageException("max_message_bytes must be 1 byte to 1GiB, got " + given);
    }
    EngineOptions engine =
        EngineOptions.DEFAULT
            .maxMessageBytes((int) largest)
            .maxTopics(new LimitSettings(settings).maxTopics())
            .retainBytes(settings.size("retain_bytes"))
            .retainAge(settings.duration("retain_age"))
            .retainCount(settings.number("retain_count"));
    return settings.text("memory").isEmpty() ? engine : engine.memoryBytes(settings.size("memory"));
  }
}
