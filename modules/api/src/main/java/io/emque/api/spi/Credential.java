package io.emque.api.spi;

import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a caller shows of itself.
 *
 * @param token a bearer token, as it came; null for none
 * @param certificate the caller's own certificate, which the TLS handshake has verified; null for
 *     none
 */
public record Credential(@Nullable String token, @Nullable X509Certificate certificate) {
  /** Nothing. */
  public static final Credential NONE = new Credential(null, null);

  /** The certificate's subject as RFC 2253 writes it; null without one. */
  public @Nullable String subject() {
    return certificate == null ? null : certificate.getSubjectX500Principal().getName();
  }

  /**
   * The certificate's alternative names, in its order: {@code dns:NAME} in lower case, {@code
   * uri:URI}, {@code email:ADDRESS}, {@code ip:ADDRESS}; others are left out. None without a
   * certificate, or when they cannot be read.
   */
  public List<String> alternativeNames() {
    return certificate == null ? List.of() : AlternativeNames.of(certificate);
  }

  /** The same caller with another token. */
  public Credential token(String newToken) {
    return new Credential(newToken, certificate);
  }

  /** Never holds the token. */
  @Override
  public String toString() {
    return "Credential[token=" + (token == null ? "none" : "***") + ", subject=" + subject() + "]";
  }
}
