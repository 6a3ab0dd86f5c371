package io.emque.server.tls;

import io.emque.pem.KeyAndChain;
import io.emque.pem.PemException;
import io.emque.server.ServerException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;

/**
 * A server's key and certificate.
 *
 * @param chain the server's own certificate first
 */
public record Identity(PrivateKey key, List<X509Certificate> chain) {
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":").withUpperCase();

  /** Keeps a copy of the chain. */
  public Identity {
    chain = List.copyOf(chain);
  }

  /**
   * A fresh one that clients can verify by name.
   *
   * @param host the host listened on; empty for all
   */
  public static Identity selfSigned(String host) {
    try {
      return SelfSigned.create(host);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java can make an EC key", e);
    }
  }

  /** Reads PEM files; says what is wrong with them in one line. */
  public static Identity load(Path certificate, Path key) throws ServerException {
    try {
      KeyAndChain read = KeyAndChain.load(certificate, key);
      return new Identity(read.key(), read.chain());
    } catch (PemException e) {
      throw new ServerException(String.valueOf(e.getMessage()), e);
    }
  }

  /** SHA-256 of the server's own certificate, as OpenSSL prints it. */
  public String fingerprint() {
    try {
      return COLONS.formatHex(
          MessageDigest.getInstance("SHA-256").digest(chain.getFirst().getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was read can be written", e);
    }
  }
}
