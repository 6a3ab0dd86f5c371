package io.emque.plugin.jwt;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import io.emque.api.OneLine;
import io.emque.api.spi.Authorizer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys that tokens may be signed with: those of a file, which is followed, or of an address,
 * which is asked every few minutes and when a token names a key that is not known. What was read
 * last stays when it cannot be read again. Any thread.
 */
final class Keys implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Keys.class.getName());
  private static final Duration REFRESH = Duration.ofMinutes(5);
  private static final long AGAIN_NANOS = Duration.ofSeconds(10).toNanos();
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int MAX_BYTES = 1 << 20;
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final Source source;
  private final Runnable changed;
  private final boolean remote;
  private final @Nullable Thread refreshing;
  private volatile @Nullable List<JWK> known; // null before they could be had
  private long askedAt; // under this object's monitor

  private Keys(Source source, boolean remote, Runnable changed) {
    this.source = source;
    this.remote = remote;
    this.changed = changed;
    this.refreshing =
        remote ? Thread.ofVirtual().name("emque-jwt-keys").unstarted(this::refresh) : null;
  }

  /**
   * Reads the keys. An address that does not answer does not keep the server from starting; a file
   * does.
   */
  static Keys open(String from, Authorizer.Context context) throws IOException {
    if (from.startsWith("https://") || from.startsWith("http://")) {
      URI address = address(from);
      var keys = new Keys(() -> parse(fetched(address), from), true, context::changed);
      keys.tryReload();
      if (keys.refreshing != null) {
        keys.refreshing.start();
      }
      return keys;
    }
    Path file = Path.of(from);
    var keys = new Keys(() -> parse(read(file), from), false, context::changed);
    keys.reload();
    context.follow(file, keys::tryReload);
    keys.reload(); // it may have changed in between
    return keys;
  }

  private static URI address(String from) {
    URI address = URI.create(from);
    if (address.getHost() == null
        || (from.startsWith("http://") && !LOOPBACK.contains(address.getHost()))) {
      throw new IllegalArgumentException(
          "jwt_keys=\"" + from + "\" must be https: whoever sits in between would choose the keys");
    }
    return address;
  }

  /** Keys with this id, which a token names; all when it names none. */
  List<JWK> forId(@Nullable String id) {
    List<JWK> found = named(id);
    if (found.isEmpty() && remote && mayAskAgain()) {
      tryReload();
      found = named(id);
    }
    return found;
  }

  private List<JWK> named(@Nullable String id) {
    List<JWK> keys = known == null ? List.of() : known;
    return id == null
        ? keys
        : keys.stream().filter(key -> key.getKeyID() == null || key.getKeyID().equals(id)).toList();
  }

  /** Whoever makes up names of keys cannot have the address asked without end. */
  private synchronized boolean mayAskAgain() {
    return System.nanoTime() - askedAt > AGAIN_NANOS;
  }

  /** Whether they could never be had so far. */
  boolean areMissing() {
    return known == null;
  }

  private void refresh() {
    try {
      while (true) {
        Thread.sleep(known == null ? Duration.ofNanos(AGAIN_NANOS) : REFRESH);
        tryReload();
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void tryReload() {
    try {
      reload();
    } catch (IOException e) {
      LOG.log(
          WARNING,
          () ->
              (known == null ? "there are no keys yet: " : "the keys stay as they are: ")
                  + e.getMessage());
    }
  }

  /** Reads them now. */
  synchronized void reload() throws IOException {
    askedAt = System.nanoTime();
    List<JWK> read = source.read();
    askedAt = System.nanoTime();
    if (!read.equals(known)) {
      boolean first = known == null;
      known = read;
      if (!first) {
        LOG.log(INFO, () -> "there are new keys, " + read.size() + " in all");
      }
      changed.run();
    }
  }

  private static String read(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IOException("cannot read the keys in " + file + " (jwt_keys): " + e, e);
    }
  }

  private static String fetched(URI address) throws IOException {
    URLConnection connection = address.toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setUseCaches(false);
    try (InputStream in = connection.getInputStream()) {
      return new String(in.readNBytes(MAX_BYTES), UTF_8);
    } catch (IOException e) {
      throw new IOException("cannot get the keys at " + address + " (jwt_keys): " + e, e);
    }
  }

  private static List<JWK> parse(String text, String from) throws IOException {
    try {
      List<JWK> keys =
          text.contains("-----BEGIN") ? List.of(PemKey.parse(text)) : JWKSet.parse(text).getKeys();
      if (keys.isEmpty()) {
        throw new IOException(from + " holds no key (jwt_keys)");
      }
      return List.copyOf(keys);
    } catch (ParseException | RuntimeException e) { // the library throws many
      String why = OneLine.of(String.valueOf(e.getMessage()));
      throw new IOException(
          from + " is neither a JWKS nor a public key in PEM (jwt_keys): " + why, e);
    }
  }

  @Override
  public void close() {
    if (refreshing != null) {
      refreshing.interrupt();
    }
  }

  private interface Source {
    List<JWK> read() throws IOException;
  }
}
