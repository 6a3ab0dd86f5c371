package io.emque.server.tls;

import static java.lang.System.Logger.Level.WARNING;

import io.emque.api.spi.Authentication.Reason;
import io.emque.api.spi.Authentication.Refused;
import io.emque.pem.PemException;
import io.emque.pem.PemFiles;
import io.emque.server.ClientCertificates;
import io.emque.server.ServerException;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Says which clients' certificates are good. The handshake itself proves that a client has the key
 * of the certificate it shows, and takes any: what is refused is refused after it, so that the
 * client can be told why, and so that a session that is resumed is looked at as well. Immutable.
 */
final class ClientTrust {
  private static final System.Logger LOG = System.getLogger(ClientTrust.class.getName());
  private static final String FOR_CLIENTS = "1.3.6.1.5.5.7.3.2"; // RFC 5280, section 4.2.1.12
  private static final String FOR_ALL = "2.5.29.37.0";
  private static final int SHOWN = 200;

  private final List<X509Certificate> authorities;
  private final boolean required;
  private final X509TrustManager validator;

  private ClientTrust(List<X509Certificate> authorities, boolean required)
      throws GeneralSecurityException, IOException {
    this.authorities = List.copyOf(authorities);
    this.required = required;
    this.validator = validator(authorities);
  }

  /**
   * Reads the authorities' file.
   *
   * @throws ServerException when it cannot be used; one line
   */
  static ClientTrust load(ClientCertificates options) throws ServerException {
    try {
      var authorities = PemFiles.certificates(options.authorities(), "--client_ca_file");
      authorities.forEach(authority -> warnIfExpired(authority, options));
      return new ClientTrust(authorities, options.required());
    } catch (PemException e) {
      throw new ServerException(String.valueOf(e.getMessage()), e);
    } catch (GeneralSecurityException | IOException e) {
      throw new ServerException(
          options.authorities() + " cannot be used to verify clients: " + e.getMessage(), e);
    }
  }

  /** It vouches for its clients all the same (RFC 5280, section 6.1.1). */
  private static void warnIfExpired(X509Certificate authority, ClientCertificates options) {
    Instant until = authority.getNotAfter().toInstant();
    if (until.isBefore(Instant.now())) {
      LOG.log(
          WARNING,
          () ->
              "the authority "
                  + shown(authority.getSubjectX500Principal().getName())
                  + " in "
                  + options.authorities()
                  + " expired on "
                  + until
                  + "; replace it");
    }
  }

  private static X509TrustManager validator(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (X509Certificate authority : authorities) {
      store.setCertificateEntry("ca-" + store.size(), authority);
    }
    var factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager validator) {
        return validator;
      }
    }
    throw new GeneralSecurityException("this Java verifies no certificates");
  }

  /** Who may have signed what is shown. */
  List<X509Certificate> authorities() {
    return authorities;
  }

  /** What has clients asked for a certificate. */
  TrustManager asking() {
    return new Asking();
  }

  /** Why whoever has shaken hands may not stay; null when it may. */
  @Nullable Refused refusal(SSLSession session) {
    try {
      var chain = session.getPeerCertificates();
      var certificates = new X509Certificate[chain.length];
      for (int i = 0; i < chain.length; i++) {
        certificates[i] = (X509Certificate) chain[i];
      }
      return refusal(certificates);
    } catch (SSLPeerUnverifiedException none) {
      return required
          ? new Refused(
              Reason.MISSING,
              "a client certificate is needed; give --cert_file and --key_file (curl: --cert and"
                  + " --key)")
          : null;
    }
  }

  private @Nullable Refused refusal(X509Certificate[] chain) {
    X509Certificate own = chain[0];
    Instant now = Instant.now();
    Instant from = own.getNotBefore().toInstant();
    Instant until = own.getNotAfter().toInstant();
    if (now.isBefore(from)) {
      return refused(Reason.NOT_YET_VALID, own, "is valid from " + from + "; check the clocks");
    }
    if (now.isAfter(until)) {
      return refused(Reason.EXPIRED, own, "expired at " + until + "; get a new one");
    }
    try {
      List<String> uses = own.getExtendedKeyUsage();
      if (uses != null && !uses.contains(FOR_CLIENTS) && !uses.contains(FOR_ALL)) {
        return refused(
            Reason.AUDIENCE, own, "is not for clients: its extended key usage lacks clientAuth");
      }
      validator.checkClientTrusted(chain, own.getPublicKey().getAlgorithm());
      return null;
    } catch (CertificateException e) {
      return refused(e, own);
    }
  }

  private static Refused refused(CertificateException why, X509Certificate own) {
    for (Throwable cause = why; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertPathValidatorException fault) {
        if (fault.getReason() == BasicReason.EXPIRED) {
          return refused(Reason.EXPIRED, own, "has an issuer whose certificate expired");
        }
        if (fault.getReason() == BasicReason.NOT_YET_VALID) {
          return refused(Reason.NOT_YET_VALID, own, "has an issuer that is not valid yet");
        }
      }
    }
    return refused(
        Reason.ISSUER,
        own,
        "of "
            + shown(own.getIssuerX500Principal().getName())
            + " is of no authority that this server knows (--client_ca_file)");
  }

  private static Refused refused(Reason reason, X509Certificate own, String why) {
    return new Refused(
        reason, "the certificate " + shown(own.getSubjectX500Principal().getName()) + " " + why);
  }

  /** Whoever is not known may have put anything into a name. */
  private static String shown(String name) {
    String line = name.replaceAll("\\p{Cntrl}", "?");
    return line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClientTrust trust
        && trust.required == required
        && trust.authorities.equals(authorities);
  }

  @Override
  public int hashCode() {
    return authorities.hashCode();
  }

  /** Extended, or the JDK would verify round it. */
  private final class Asking extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("a server connects to nobody");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, authType);
    }

    /** Told to clients, some of which choose their certificate by it. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authorities.toArray(new X509Certificate[0]);
    }
  }
}
