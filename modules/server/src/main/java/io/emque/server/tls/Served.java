package io.emque.server.tls;

import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What connections are accepted with.
 *
 * @param trust null when clients are asked for no certificate
 * @param context the JDK's; it remembers its own sessions alone
 */
record Served(Identity identity, @Nullable ClientTrust trust, SSLContext context) {
  static Served of(Identity identity, @Nullable ClientTrust trust) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(
          new KeyManager[] {new IdentityKeyManager(identity)},
          // None at all: null would read the hundred and more authorities that Java trusts.
          trust == null ? new TrustManager[0] : new TrustManager[] {trust.asking()},
          null);
      return new Served(identity, trust, context);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }
}
