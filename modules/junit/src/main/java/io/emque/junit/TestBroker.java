package io.emque.junit;

import io.emque.api.Broker;
import io.emque.client.Emque;
import io.emque.client.EmqueBuilder;
import io.emque.engine.EngineOptions;
import io.emque.engine.MemoryBroker;
import io.emque.proxy.ProxyBroker;
import io.emque.server.EmqueServer;
import io.emque.server.ServerException;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.testkit.network.FaultProxy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A broker on a free port of loopback, in this process, with every protocol.
 *
 * <p><b>Threads:</b> any thread.
 */
public final class TestBroker implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final Duration DRAIN = Duration.ofMillis(500); // a test does not wait for long

  private final EmqueServer server;
  private final Broker inside;
  private final @Nullable Faults faults;
  private final @Nullable CertificateFile certificate;
  private @Nullable Emque emque; // under this object's monitor

  private TestBroker(
      EmqueServer server,
      Broker inside,
      @Nullable Faults faults,
      @Nullable CertificateFile certificate) {
    this.server = server;
    this.inside = inside;
    this.faults = faults;
    this.certificate = certificate;
  }

  /**
   * Starts one without JUnit's help; close it.
   *
   * @param tls as {@link EmqueTest#tls}
   * @param faults as {@link EmqueTest#faults}
   */
  public static TestBroker start(boolean tls, boolean faults) throws ServerException {
    var options =
        ServerOptions.DEFAULT
            .listen(HOST, 0)
            .tls(tls ? TlsOptions.SELF_SIGNED : TlsOptions.OFF)
            .drain(DRAIN);
    return faults ? faulty(options) : sound(options);
  }

  private static TestBroker sound(ServerOptions options) throws ServerException {
    EmqueServer server = EmqueServer.start(options);
    return new TestBroker(server, server.broker(), null, CertificateFile.of(server));
  }

  /** A proxy before a broker that fails, behind a network that fails. */
  private static TestBroker faulty(ServerOptions options) throws ServerException {
    var log = new MemoryBroker();
    var broker = new FaultyBroker(log);
    EmqueServer server = EmqueServer.start(options, new ProxyBroker(broker, EngineOptions.DEFAULT));
    try {
      var faults = new Faults(FaultProxy.before(server.port()));
      broker.obey(faults);
      return new TestBroker(server, log, faults, CertificateFile.of(server));
    } catch (IOException e) {
      server.close();
      throw new ServerException("no port for the network: " + e.getMessage(), e);
    }
  }

  /** Where it answers: {@code http://127.0.0.1:PORT}, or {@code https} with TLS. */
  public URI uri() {
    return URI.create((certificate == null ? "http://" : "https://") + HOST + ":" + port());
  }

  /** Where it listens; with faults the network does. */
  public int port() {
    return faults == null ? server.port() : faults.network().port();
  }

  /** A client of it, which is closed with it. */
  public synchronized Emque emque() {
    if (emque == null) {
      emque = client().connect();
    }
    return emque;
  }

  /** Describes further clients of it: they know its address and trust its certificate. */
  public EmqueBuilder client() {
    EmqueBuilder builder = Emque.builder().servers(uri().toString());
    return certificate == null ? builder : builder.caFile(certificate.file());
  }

  /** Its topics, without a network: what is published here comes, and cuts no connection. */
  public Broker inside() {
    return inside;
  }

  /** Its certificate in PEM, for clients of all kinds; the file goes when it is closed. */
  public Path certificateFile() {
    return requireTls().file();
  }

  /** Trusts its certificate, and nobody else's. */
  public SSLContext sslContext() {
    return Emque.builder().caFile(requireTls().file()).sslContext();
  }

  private CertificateFile requireTls() {
    if (certificate == null) {
      throw new IllegalStateException(
          "the broker speaks no TLS and has no certificate; write @EmqueTest(tls = true)");
    }
    return certificate;
  }

  /** What is to go wrong. */
  public Faults faults() {
    if (faults == null) {
      throw new IllegalStateException(
          "the broker cannot be made to fail; write @EmqueTest(faults = true)");
    }
    return faults;
  }

  /** Closing twice is harmless. */
  @Override
  public void close() {
    synchronized (this) {
      if (emque != null) {
        emque.close();
      }
    }
    if (faults != null) {
      faults.network().close();
    }
    server.close();
    inside.close();
    if (certificate != null) {
      certificate.close();
    }
  }
}
