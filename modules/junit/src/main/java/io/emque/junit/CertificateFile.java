package io.emque.junit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.emque.server.EmqueServer;
import io.emque.server.ServerException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A server's certificate in PEM. */
record CertificateFile(Path file) implements AutoCloseable {
  private static final int LINE = 64;

  /** Null when the server speaks no TLS. */
  static @Nullable CertificateFile of(EmqueServer server) throws ServerException {
    X509Certificate certificate = server.certificate().orElse(null);
    if (certificate == null) {
      return null;
    }
    try {
      Path file = Files.createTempFile("emque-test-", ".pem");
      file.toFile().deleteOnExit();
      Files.writeString(file, pem(certificate));
      return new CertificateFile(file);
    } catch (IOException | CertificateEncodingException e) {
      server.close();
      throw new ServerException("the certificate cannot be given out: " + e.getMessage(), e);
    }
  }

  private static String pem(X509Certificate certificate) throws CertificateEncodingException {
    String lines =
        Base64.getMimeEncoder(LINE, "\n".getBytes(US_ASCII))
            .encodeToString(certificate.getEncoded());
    return "-----BEGIN CERTIFICATE-----\n" + lines + "\n-----END CERTIFICATE-----\n";
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
