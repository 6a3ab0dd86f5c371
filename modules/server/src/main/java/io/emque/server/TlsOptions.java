package io.emque.server;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How connections are secured. */
public sealed interface TlsOptions {
  /** A fresh self-signed certificate at each start. */
  TlsOptions SELF_SIGNED = new SelfSigned(null);

  /** Plaintext: behind a proxy that does TLS, or on loopback. */
  TlsOptions OFF = new Off();

  /** Which certificates clients show; null when none is asked for. */
  @Nullable ClientCertificates clients();

  /** The same, with certificates of clients. */
  TlsOptions clients(ClientCertificates newClients);

  /** A fresh self-signed certificate at each start. */
  record SelfSigned(@Nullable ClientCertificates clients) implements TlsOptions {
    @Override
    public TlsOptions clients(ClientCertificates newClients) {
      return new SelfSigned(newClients);
    }
  }

  /** Plaintext. */
  record Off() implements TlsOptions {
    @Override
    public @Nullable ClientCertificates clients() {
      return null;
    }

    @Override
    public TlsOptions clients(ClientCertificates newClients) {
      throw new IllegalArgumentException("without TLS no client can show a certificate");
    }
  }

  /**
   * A certificate of one's own.
   *
   * @param certificate PEM, the server's own first, then its chain
   * @param key PEM, not encrypted: PKCS#8, PKCS#1 or SEC 1
   */
  record Files(Path certificate, Path key, @Nullable ClientCertificates clients)
      implements TlsOptions {
    /** Refuses nulls. */
    public Files {
      requireNonNull(certificate, "certificate");
      requireNonNull(key, "key");
    }

    /** Clients are asked for no certificate. */
    public Files(Path certificate, Path key) {
      this(certificate, key, null);
    }

    @Override
    public TlsOptions clients(ClientCertificates newClients) {
      return new Files(certificate, key, newClients);
    }
  }
}
