package io.emque.server;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * Which certificates of clients are trusted.
 *
 * @param authorities who must have signed them: certificates in PEM; followed
 * @param required whether a client without one is refused; one that is not good is in any case
 */
public record ClientCertificates(Path authorities, boolean required) {
  /** Refuses null. */
  public ClientCertificates {
    requireNonNull(authorities, "authorities");
  }
}
