package io.emque.server;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/** How connections are secured. */
public sealed interface TlsOptions {
  /** A fresh self-signed certificate at each start. */
  TlsOptions SELF_SIGNED = new SelfSigned();

  /** Plaintext: behind a proxy that does TLS, or on loopback. */
  TlsOptions OFF = new Off();

  /** A fresh self-signed certificate at each start. */
  record SelfSigned() implements TlsOptions {}

  /** Plaintext. */
  record Off() implements TlsOptions {}

  /**
   * A certificate of one's own.
   *
   * @param certificate PEM, the server's own first, then its chain
   * @param key PEM, not encrypted: PKCS#8, PKCS#1 or SEC 1
   */
  record Files(Path certificate, Path key) implements TlsOptions {
    /** Refuses nulls. */
    public Files {
      requireNonNull(certificate, "certificate");
      requireNonNull(key, "key");
    }
  }
}
