package io.emque.server.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Credential;
import io.emque.pem.KeyAndChain;
import io.emque.pem.PemException;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of certificates and keys, and certificates that clients show. */
class PemFuzzTest {
  @TempDir static Path folder;
  private static byte[] certificate;
  private static String certificateText;
  private static String keyText;

  @BeforeAll
  static void make() throws Exception {
    Identity made = SelfSigned.create("till.example");
    certificate = made.chain().getFirst().getEncoded();
    certificateText = pem("CERTIFICATE", certificate);
    keyText = pem("PRIVATE KEY", made.key().getEncoded());
  }

  private static String pem(String type, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(type, Base64.getMimeEncoder().encodeToString(content), type);
  }

  private static List<byte[]> files() {
    return List.of(
        (certificateText + keyText).getBytes(ISO_8859_1),
        (keyText.replace("PRIVATE", "EC PRIVATE") + certificateText).getBytes(ISO_8859_1),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
            .getBytes(ISO_8859_1));
  }

  /** One file with both, as they are often kept. */
  @Fuzz(
      seeds = "files",
      runs = 200,
      words = {"-----BEGIN ", "-----END ", "-----", "CERTIFICATE", "RSA PRIVATE KEY", "\n", "="})
  void files(byte[] input) throws Exception {
    Path file = Files.write(folder.resolve("both.pem"), input);
    try {
      KeyAndChain loaded = KeyAndChain.load(file, file);
      assertThat(loaded.chain()).isNotEmpty();
    } catch (PemException refused) {
      assertThat(refused.getMessage()).contains("both.pem");
      assertThat(refused.getMessage().chars().filter(Character::isISOControl)).isEmpty();
    }
  }

  private static List<byte[]> certificates() {
    return List.of(certificate);
  }

  /** Whatever names it holds, they are read or left out. */
  @Fuzz(seeds = "certificates", runs = 800)
  void certificate(byte[] input) throws Exception {
    X509Certificate shown = parsed(input);
    if (shown != null) {
      var credential = new Credential(null, shown);
      assertThat(credential.alternativeNames()).allMatch(name -> name.matches("(?s)[a-z]+:.*"));
      assertThat(credential.subject()).isNotNull();
    }
  }

  @Test
  void readerThatTakesNamesForGrantedWouldBeFound() {
    FuzzLoop.Target planted =
        input -> {
          X509Certificate shown = parsed(input);
          if (shown != null) {
            assertThat(shown.getSubjectAlternativeNames()).isNotEmpty();
          }
        };

    assertThat(FuzzLoop.finds(planted, certificates(), 2_000)).isTrue();
  }

  private static X509Certificate parsed(byte[] input) throws CertificateException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(input));
    } catch (CertificateException noCertificate) {
      return null;
    }
  }
}
