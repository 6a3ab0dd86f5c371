package io.emque.client.link;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Whom a client trusts, and what it shows of itself. */
public final class ClientTls {
  private ClientTls() {}

  /** Trusts every server: encrypted, but anybody may sit in between. */
  public static TrustManager[] trustingAll() {
    return new TrustManager[] {new TrustAll()};
  }

  /**
   * Trusts servers with a certificate of these authorities.
   *
   * @param caFile certificates in PEM or DER
   * @throws IOException when the file cannot be read or holds no certificate; the message says so
   */
  public static TrustManager[] trusting(Path caFile) throws IOException {
    try (InputStream in = Files.newInputStream(caFile)) {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca-" + count++, certificate);
      }
      if (count == 0) {
        throw new IOException(caFile + " holds no certificate; give a PEM file of authorities");
      }
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (GeneralSecurityException e) {
      throw new IOException(caFile + " is no file of certificates: " + e.getMessage(), e);
    }
  }

  /**
   * A context for connections to servers.
   *
   * @param certificate shown to servers that ask for one; null for none
   */
  public static SSLContext context(TrustManager[] trust, @Nullable ClientCertificate certificate) {
    return certificate == null
        ? context(trust, new KeyManager[0])
        : new FollowingContext(certificate, own -> context(trust, new KeyManager[] {own}));
  }

  private static SSLContext context(TrustManager[] trust, KeyManager[] keys) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }

  /** Extended, or the JDK would check host names round it. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
