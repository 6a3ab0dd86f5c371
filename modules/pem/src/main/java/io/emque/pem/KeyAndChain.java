package io.emque.pem;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A key and its certificate.
 *
 * @param chain the key's own certificate first
 */
public record KeyAndChain(PrivateKey key, List<X509Certificate> chain) {
  /** Refuses an empty chain, and keeps a copy of it. */
  public KeyAndChain {
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a key needs its certificate");
    }
    chain = List.copyOf(chain);
  }

  /**
   * Reads them, and makes sure that they belong together.
   *
   * @throws PemException when they cannot be used
   */
  public static KeyAndChain load(Path certificateFile, Path keyFile) throws PemException {
    return PemFiles.load(certificateFile, keyFile);
  }
}
