package io.emque.server.tls;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.emque.server.ServerException;
import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.metrics.Exposition;
import io.emque.transport.http.metrics.MetricsSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLContext;

/**
 * The identity that connections are accepted with. New files are used for new connections as soon
 * as they are there and good; connections that stand keep theirs.
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
  private final InstantSource clock;
  private final FileWatch watch;
  private final Handshakes handshakes = new Handshakes();
  private final LongAdder reloaded = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private volatile Served served;
  private Instant remindAt = Instant.MIN; // the watch's thread

  private LiveIdentity(Loader loader, List<Path> files, InstantSource clock)
      throws ServerException {
    this.loader = loader;
    this.clock = clock;
    // What is changed while it is read is read once more.
    this.watch = new FileWatch(files, LOOK, this::reload, this::remind);
    this.served = Served.of(loader.load());
    watch.start();
  }

  /** One that stays, as a self-signed one does. */
  public static LiveIdentity fixed(Identity identity) {
    try {
      return new LiveIdentity(() -> identity, List.of(), InstantSource.system());
    } catch (ServerException e) {
      throw new IllegalStateException("it is loaded", e);
    }
  }

  /**
   * One that follows its files.
   *
   * @param loader reads the files
   * @param files what it reads; looked at about twice a second
   * @throws ServerException when they cannot be used
   */
  public static LiveIdentity following(Loader loader, List<Path> files) throws ServerException {
    return following(loader, files, InstantSource.system());
  }

  /** As above, with a clock for the certificate's expiry. */
  static LiveIdentity following(Loader loader, List<Path> files, InstantSource clock)
      throws ServerException {
    return new LiveIdentity(loader, files, clock);
  }

  /** A context whose sockets serve with what this is at the time of each. */
  public SSLContext context(LiveLimits limits) {
    return ServerTls.context(() -> served.context(), handshakes, limits);
  }

  /** What new connections are served with. */
  public Identity current() {
    return served.identity();
  }

  /** Reads the files now. */
  public synchronized void reload() {
    try {
      Identity read = loader.load();
      if (!read.equals(served.identity())) {
        served = Served.of(read);
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
        "New certificates found, used or not.",
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

  private record Served(Identity identity, SSLContext context) {
    static Served of(Identity identity) {
      return new Served(identity, ServerTls.plainContext(identity));
    }
  }
}
