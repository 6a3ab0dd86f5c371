package io.emque.server.tls;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.spi.Authentication.Refused;
import io.emque.server.ClientCertificates;
import io.emque.server.ServerException;
import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.metrics.Exposition;
import io.emque.transport.http.metrics.MetricsSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The identity that connections are accepted with, and the authorities of clients' certificates.
 * New files are used for new connections as soon as they are there and good; connections that stand
 * keep theirs.
 *
 * <p><b>Threads:</b> any.
 *
 * <p><b>Errors:</b> files that cannot be used change nothing, and are told in one line.
 */
public final class LiveIdentity implements MetricsSource, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LiveIdentity.class.getName());
  private static final Duration LOOK = Duration.ofMillis(400);
  private static final Duration AHEAD = Duration.ofDays(14);
  private static final Duration REMIND = Duration.ofDays(1);

  private final Loader loader;
  private final @Nullable ClientCertificates clients; // null when none is asked for one
  private final InstantSource clock;
  private final FileWatch watch;
  private final Handshakes handshakes = new Handshakes();
  private final LongAdder reloaded = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private volatile Served served;
  private Instant remindAt = Instant.MIN; // the watch's thread

  private LiveIdentity(
      Loader loader, List<Path> files, @Nullable ClientCertificates clients, InstantSource clock)
      throws ServerException {
    this.loader = loader;
    this.clients = clients;
    this.clock = clock;
    var followed = new ArrayList<>(files);
    if (clients != null) {
      followed.add(clients.authorities());
    }
    // What is changed while it is read is read once more.
    this.watch = new FileWatch(followed, LOOK, this::reload, this::remind);
    this.served = Served.of(loader.load(), clients == null ? null : ClientTrust.load(clients));
    watch.start();
  }

  /**
   * One that stays, as a self-signed one does; the authorities of clients are followed.
   *
   * @param clients null when clients are asked for no certificate
   * @throws ServerException when their file cannot be used
   */
  public static LiveIdentity fixed(Identity identity, @Nullable ClientCertificates clients)
      throws ServerException {
    return new LiveIdentity(() -> identity, List.of(), clients, InstantSource.system());
  }

  /**
   * One that follows its files.
   *
   * @param loader reads the files
   * @param files what it reads; looked at about twice a second
   * @param clients null when clients are asked for no certificate
   * @throws ServerException when they cannot be used
   */
  public static LiveIdentity following(
      Loader loader, List<Path> files, @Nullable ClientCertificates clients)
      throws ServerException {
    return new LiveIdentity(loader, files, clients, InstantSource.system());
  }

  /**
   * A context whose sockets serve with what this is at the time of each.
   *
   * @param refusals told of clients whose certificate is not good, and of their address
   */
  public SSLContext context(LiveLimits limits, BiConsumer<Refused, String> refusals) {
    handshakes.refusals = refusals;
    return ServerTls.context(() -> served, handshakes, limits);
  }

  /** What new connections are served with. */
  public Identity current() {
    return served.identity();
  }

  /** Reads the files now. */
  public synchronized void reload() {
    reloadIdentity();
    if (clients != null) {
      reloadTrust(clients);
    }
  }

  private void reloadTrust(ClientCertificates from) {
    try {
      ClientTrust read = ClientTrust.load(from);
      if (!read.equals(served.trust())) {
        served = Served.of(served.identity(), read);
        reloaded.increment();
        LOG.log(
            INFO,
            () ->
                "new connections' certificates are verified with the "
                    + read.authorities().size()
                    + " of "
                    + from.authorities());
      }
    } catch (ServerException e) {
      refused.increment();
      LOG.log(
          WARNING,
          () ->
              "the new authorities of clients are not used, the old ones stay: " + e.getMessage());
    }
  }

  private void reloadIdentity() {
    try {
      Identity read = loader.load();
      if (!read.equals(served.identity())) {
        served = Served.of(read, served.trust());
        remindAt = Instant.MIN;
        reloaded.increment();
        LOG.log(
            INFO,
            () ->
                "new connections get the new certificate (SHA-256 "
                    + read.fingerprint()
                    + "), good until "
                    + expiry(read));
      }
    } catch (ServerException e) {
      refused.increment();
      LOG.log(
          WARNING, () -> "the new certificate is not used, the old one stays: " + e.getMessage());
    }
  }

  private synchronized void remind() {
    Instant now = clock.instant();
    Instant expiry = expiry(current());
    if (now.isBefore(remindAt) || now.plus(AHEAD).isBefore(expiry)) {
      return;
    }
    remindAt = now.plus(REMIND);
    long days = Duration.between(now, expiry).toDays();
    LOG.log(
        WARNING,
        () ->
            now.isBefore(expiry)
                ? "the certificate expires on " + expiry + ", in " + days + " days; replace it"
                : "the certificate expired on " + expiry + "; replace it");
  }

  private static Instant expiry(Identity identity) {
    return identity.chain().getFirst().getNotAfter().toInstant();
  }

  @Override
  public void write(Exposition out) {
    out.counters(
        "emque_tls_handshakes_total",
        "TLS handshakes ended.",
        samples -> {
          samples.add(handshakes.done.sum(), "result", "ok");
          samples.add(handshakes.failed.sum(), "result", "failed");
          samples.add(handshakes.plaintext.sum(), "result", "plaintext");
        });
    out.counters(
        "emque_tls_reloads_total",
        "New certificates, or authorities of clients, found, used or not.",
        samples -> {
          samples.add(reloaded.sum(), "result", "ok");
          samples.add(refused.sum(), "result", "failed");
        });
    out.gauge(
        "emque_tls_certificate_expiry_timestamp_seconds",
        "When the certificate expires, in seconds since 1970.",
        expiry(current()).getEpochSecond());
  }

  /** Looks at the files no more. */
  @Override
  public void close() {
    watch.close();
  }

  /** Reads an identity from its files. */
  @FunctionalInterface
  public interface Loader {
    /** Says in one line what is wrong with them. */
    Identity load() throws ServerException;
  }
}
