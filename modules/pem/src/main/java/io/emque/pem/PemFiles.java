package io.emque.pem;

import static java.lang.System.Logger.Level.WARNING;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** Reads certificates and keys from PEM files (RFC 7468). */
public final class PemFiles {
  private static final System.Logger LOG = System.getLogger(PemFiles.class.getName());
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

  /** Of a PKCS#1 or SEC 1 key that a passphrase protects (RFC 1421). */
  private static final String ENCRYPTED_HEADER = "Proc-Type: 4,ENCRYPTED";

  /** Type of every block that a passphrase protects. */
  private static final String ENCRYPTED = "ENCRYPTED PRIVATE KEY";

  private PemFiles() {}

  static KeyAndChain load(Path certificateFile, Path keyFile) throws PemException {
    List<X509Certificate> chain = certificates(certificateFile, "--cert_file");
    X509Certificate own = chain.getFirst();
    PrivateKey key = key(keyFile, own.getPublicKey());
    if (!belong(key, own.getPublicKey())) {
      throw new PemException(
          "the key in "
              + keyFile
              + " does not belong to the certificate in "
              + certificateFile
              + "; give the two files that were made together");
    }
    try {
      own.checkValidity();
    } catch (CertificateExpiredException e) {
      // whoever uses it warns of that, before and after
    } catch (CertificateNotYetValidException e) {
      LOG.log(
          WARNING,
          () -> "the certificate in " + certificateFile + " is valid from " + own.getNotBefore());
    }
    return new KeyAndChain(key, chain);
  }

  /**
   * Reads every certificate in a file.
   *
   * @param option what named the file, for who reads the message
   * @throws PemException when it cannot be read or holds none
   */
  public static List<X509Certificate> certificates(Path file, String option) throws PemException {
    var chain = new ArrayList<X509Certificate>();
    try {
      var factory = CertificateFactory.getInstance("X.509");
      for (Block block : blocks(file)) {
        if (block.type().equals("CERTIFICATE")) {
          chain.add(
              (X509Certificate)
                  factory.generateCertificate(new ByteArrayInputStream(block.content())));
        }
      }
    } catch (CertificateException e) {
      throw new PemException("a certificate in " + file + " is damaged: " + e.getMessage(), e);
    }
    if (chain.isEmpty()) {
      throw new PemException(
          file + " holds no certificate; " + option + " takes PEM with BEGIN CERTIFICATE");
    }
    return chain;
  }

  private static PrivateKey key(Path file, PublicKey publicKey) throws PemException {
    for (Block block : blocks(file)) {
      switch (block.type()) {
        case "PRIVATE KEY" -> {
          return key(file, publicKey, block.content());
        }
        case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> {
          return key(file, publicKey, asPkcs8(block.content(), publicKey));
        }
        case ENCRYPTED ->
            throw new PemException(
                "the key in "
                    + file
                    + " is encrypted; decrypt it first: openssl pkey -in KEY -out PLAIN_KEY");
        default -> {}
      }
    }
    throw new PemException(
        file + " holds no private key; --key_file takes PEM with BEGIN PRIVATE KEY");
  }

  private static PrivateKey key(Path file, PublicKey publicKey, byte[] pkcs8) throws PemException {
    try {
      return KeyFactory.getInstance(publicKey.getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException e) {
      throw new PemException(
          "the key in "
              + file
              + " is damaged, or is no "
              + publicKey.getAlgorithm()
              + " key as the certificate's",
          e);
    }
  }

  /**
   * PKCS#1 and SEC 1 keys lack the name of their algorithm, which PKCS#8 puts before them; the
   * certificate has it, as the first element of its public key.
   */
  private static byte[] asPkcs8(byte[] key, PublicKey publicKey) {
    byte[] info = publicKey.getEncoded();
    int at = 2 + (info[1] < 0 ? info[1] & 0x7f : 0);
    int length = 2 + info[at + 1];
    byte[] algorithm = java.util.Arrays.copyOfRange(info, at, at + length);
    return Der.sequence(Der.integer(BigInteger.ZERO), algorithm, Der.octets(key));
  }

  private static boolean belong(PrivateKey key, PublicKey publicKey) throws PemException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    var probe = new byte[32];
    new SecureRandom().nextBytes(probe);
    try {
      var signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(probe);
      byte[] signature = signing.sign();
      var verifying = Signature.getInstance(algorithm);
      verifying.initVerify(publicKey);
      verifying.update(probe);
      return verifying.verify(signature);
    } catch (GeneralSecurityException e) {
      throw new PemException(
          key.getAlgorithm() + " keys are not supported: " + e.getMessage() + "; use EC or RSA", e);
    }
  }

  private static List<Block> blocks(Path file) throws PemException {
    try {
      var found = new ArrayList<Block>();
      var matcher = BLOCK.matcher(Files.readString(file, ISO_8859_1));
      while (matcher.find()) {
        String text = matcher.group(2);
        found.add(
            text.contains(ENCRYPTED_HEADER) || matcher.group(1).startsWith("ENCRYPTED ")
                ? new Block(ENCRYPTED, new byte[0])
                : new Block(matcher.group(1), Base64.getMimeDecoder().decode(text)));
      }
      return found;
    } catch (NoSuchFileException e) {
      throw new PemException("there is no file " + file, e);
    } catch (AccessDeniedException e) {
      throw new PemException(
          "this program's user may not read " + file + "; let it, or name another file", e);
    } catch (IOException | IllegalArgumentException e) {
      throw new PemException("cannot read " + file + ": " + e, e);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Block(String type, byte[] content) {}
}
