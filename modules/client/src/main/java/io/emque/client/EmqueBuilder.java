package io.emque.client;

import static java.util.Objects.requireNonNull;

import io.emque.api.spi.Providers;
import io.emque.api.spi.Resolver;
import io.emque.api.spi.Selector;
import io.emque.api.spi.ServerAddress;
import io.emque.client.link.ClientCertificate;
import io.emque.client.link.ClientTls;
import io.emque.client.link.GrpcLink;
import io.emque.client.link.Link;
import io.emque.client.link.LinkOptions;
import io.emque.client.link.WebSocketLink;
import io.emque.client.resolve.IpResolver;
import io.emque.client.select.AllSelector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** Describes an {@link Emque} client. One thread; may be used again. */
public final class EmqueBuilder {
  private static final Duration IDLE = Duration.ofSeconds(45); // three heartbeats of the default
  private static final int MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

  private List<String> servers = List.of("localhost:" + ServerAddress.DEFAULT_PORT);
  private Selector selector = new AllSelector();
  private Resolver resolver = new IpResolver();
  private int retries = 1;
  private int acks = 1;
  private Duration timeout = Duration.ofSeconds(5);
  private Transport transport = Transport.HTTP;
  private @Nullable SSLContext ssl; // null for one of the next two
  private TrustManager[] trust = ClientTls.trustingAll();
  private @Nullable ClientCertificate certificate;
  private boolean verifyHost;
  private LinkOptions.Tokens tokens = () -> null;
  private Consumer<ConnectionEvent> listener = event -> {};

  EmqueBuilder() {}

  /**
   * The servers: {@code HOST:PORT} (TLS), {@code https://HOST:PORT} or {@code http://HOST:PORT};
   * what a resolver makes of them is its own affair. {@code localhost:8081} when none is given.
   */
  public EmqueBuilder servers(List<String> newServers) {
    if (!newServers.isEmpty()) {
      servers = List.copyOf(newServers);
    }
    return this;
  }

  /** As {@link #servers(List)}. */
  public EmqueBuilder servers(String... newServers) {
    return servers(List.of(newServers));
  }

  /** Says which servers a topic lives on; by default all. */
  public EmqueBuilder selector(Selector newSelector) {
    selector = requireNonNull(newSelector, "selector");
    return this;
  }

  /**
   * As {@link #selector(Selector)}, by name: {@code all}, {@code shard}, or that of one on the
   * module path.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public EmqueBuilder selector(String name) {
    return selector(Providers.builtIn().selector(name));
  }

  /** Turns names into servers; by default each is one. */
  public EmqueBuilder resolver(Resolver newResolver) {
    resolver = requireNonNull(newResolver, "resolver");
    return this;
  }

  /**
   * As {@link #resolver(Resolver)}, by name: {@code ip}, {@code dns}, or that of one on the module
   * path.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public EmqueBuilder resolver(String name) {
    return resolver(Providers.builtIn().resolver(name));
  }

  /** Further attempts per server after the first one; 1 by default. */
  public EmqueBuilder retries(int newRetries) {
    if (newRetries < 0 || newRetries > 1_000) {
      throw new IllegalArgumentException("retries must be 0 to 1000, got " + newRetries);
    }
    retries = newRetries;
    return this;
  }

  /** Servers that must take a message where a topic lives on several; 1 by default. */
  public EmqueBuilder acks(int newAcks) {
    if (newAcks < 1) {
      throw new IllegalArgumentException("acks must be 1 or more, got " + newAcks);
    }
    acks = newAcks;
    return this;
  }

  /**
   * For a publish with all its attempts, and for a subscription to begin; 5 seconds by default. A
   * subscription itself never gives up.
   */
  public EmqueBuilder timeout(Duration newTimeout) {
    if (newTimeout.isNegative() || newTimeout.isZero()) {
      throw new IllegalArgumentException("timeout must be positive, got " + newTimeout);
    }
    timeout = newTimeout;
    return this;
  }

  /** How to talk to the servers; WebSocket and HTTP by default. */
  public EmqueBuilder transport(Transport newTransport) {
    transport = requireNonNull(newTransport, "transport");
    return this;
  }

  /**
   * Trusts servers with a certificate of these authorities for their name; by default every server
   * is trusted, for its own certificate is self-signed by default.
   *
   * @param file certificates in PEM or DER
   * @throws UncheckedIOException when it cannot be read; the message says why
   */
  public EmqueBuilder caFile(Path file) {
    try {
      trust = ClientTls.trusting(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ssl = null;
    verifyHost = true;
    return this;
  }

  /**
   * What servers are shown that ask for a certificate. Read anew for the next connection when the
   * files have become others; ones that cannot be used then are told in the log, and the old ones
   * stay.
   *
   * @param certificateFile PEM, the client's own certificate first, then its chain
   * @param keyFile its key, PEM, not encrypted
   * @throws UncheckedIOException when they cannot be used; the message says why
   */
  public EmqueBuilder certificateFiles(Path certificateFile, Path keyFile) {
    try {
      certificate = new ClientCertificate(certificateFile, keyFile);
    } catch (IOException e) {
      throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
    }
    return this;
  }

  /**
   * Trusts what the context trusts, shows what it shows, and the names in certificates are
   * verified. It replaces {@link #caFile}, and excludes {@link #certificateFiles}.
   */
  public EmqueBuilder sslContext(SSLContext context) {
    ssl = requireNonNull(context, "context");
    verifyHost = true;
    return this;
  }

  /**
   * What encrypted connections trust and show, for those who make some beside the client.
   *
   * @throws IllegalStateException when there are both a context and a certificate of its own
   */
  public SSLContext sslContext() {
    if (ssl != null && certificate != null) {
      throw new IllegalStateException(
          "an SSLContext shows a certificate of its own; leave out certificateFiles");
    }
    return ssl == null ? ClientTls.context(trust, certificate) : ssl;
  }

  /** Whether the names in certificates are verified. */
  public boolean verifiesNames() {
    return verifyHost;
  }

  /** Sent with each connection as a bearer token. */
  public EmqueBuilder token(@Nullable String newToken) {
    if (newToken != null && !newToken.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException("a token has visible ASCII characters alone");
    }
    tokens = () -> newToken;
    return this;
  }

  /**
   * As {@link #token}, from a file that is read anew for each connection: whoever writes another
   * token there is obeyed when the old one's time is over.
   */
  public EmqueBuilder tokenFile(Path file) {
    tokens = new TokenFile(file);
    return this;
  }

  /** Told of connections that begin, are lost, or cannot be made; must not block. */
  public EmqueBuilder listener(Consumer<ConnectionEvent> newListener) {
    listener = requireNonNull(newListener, "listener");
    return this;
  }

  /** A client; does not wait for a connection. */
  public Emque connect() {
    Duration attempt = timeout.dividedBy(1L + retries);
    var link =
        new LinkOptions(
            attempt.isZero() ? Duration.ofNanos(1) : attempt,
            IDLE,
            sslContext(),
            verifyHost,
            tokens,
            MAX_MESSAGE_BYTES);
    var options = new ClientOptions(retries, timeout, acks, link, new ServerWatch(listener));
    Function<ServerAddress, Link> newLink =
        switch (transport) {
          case HTTP -> server -> new WebSocketLink(server, link);
          case GRPC -> server -> new GrpcLink(server, link);
        };
    return new Emque(new Servers(servers, resolver), selector, options, newLink);
  }
}
