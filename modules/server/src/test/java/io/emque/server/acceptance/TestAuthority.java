package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.emque.pem.Der;
import io.emque.pem.KeyAndChain;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;

/** An authority that signs certificates of clients. */
final class TestAuthority {
  static final String FOR_CLIENTS = "1.3.6.1.5.5.7.3.2";
  static final String FOR_SERVERS = "1.3.6.1.5.5.7.3.1";
  static final int DNS = 0x82;
  static final int URI = 0x86;

  private static final byte[] ECDSA_SHA256 = Der.sequence(Der.oid("1.2.840.10045.4.3.2"));
  private static final Duration YEAR = Duration.ofDays(365);

  private final byte[] name;
  private final KeyPair keys = newKeys();
  private final X509Certificate certificate;

  TestAuthority(String name) throws Exception {
    this.name = name(name);
    byte[] signs = // keyCertSign
        Der.sequence(Der.oid("2.5.29.15"), Der.bool(true), Der.octets(Der.bits(2, (byte) 4)));
    byte[] authority =
        Der.sequence(
            Der.oid("2.5.29.19"), Der.bool(true), Der.octets(Der.sequence(Der.bool(true))));
    Instant now = Instant.now();
    certificate = signed(this.name, keys, now.minus(YEAR), now.plus(YEAR), authority, signs);
  }

  X509Certificate certificate() {
    return certificate;
  }

  /** A good one. */
  KeyAndChain client(String commonName, byte[]... names) throws Exception {
    Instant now = Instant.now();
    return issue(commonName, now.minus(Duration.ofHours(1)), now.plus(YEAR), FOR_CLIENTS, names);
  }

  /**
   * @param use what its extended key usage says
   */
  KeyAndChain issue(String commonName, Instant from, Instant until, String use, byte[]... names)
      throws Exception {
    byte[] uses = Der.sequence(Der.oid("2.5.29.37"), Der.octets(Der.sequence(Der.oid(use))));
    byte[] also =
        names.length == 0
            ? new byte[0]
            : Der.sequence(Der.oid("2.5.29.17"), Der.octets(Der.sequence(names)));
    KeyPair own = newKeys();
    X509Certificate issued = signed(name(commonName), own, from, until, uses, also);
    return new KeyAndChain(own.getPrivate(), List.of(issued));
  }

  /** An alternative name. */
  static byte[] alternative(int kind, String name) {
    return Der.tagged(kind, name.getBytes(US_ASCII));
  }

  private static KeyPair newKeys() throws Exception {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static byte[] name(String commonName) {
    return Der.sequence(Der.set(Der.sequence(Der.oid("2.5.4.3"), Der.utf8(commonName))));
  }

  private X509Certificate signed(
      byte[] subject, KeyPair owner, Instant from, Instant until, byte[]... extensions)
      throws Exception {
    byte[] toBeSigned =
        Der.sequence(
            Der.tagged(0xa0, Der.integer(BigInteger.TWO)), // version 3
            Der.integer(new BigInteger(127, new SecureRandom()).setBit(126)),
            ECDSA_SHA256,
            name,
            Der.sequence(
                Der.time(from.truncatedTo(ChronoUnit.SECONDS)),
                Der.time(until.truncatedTo(ChronoUnit.SECONDS))),
            subject,
            owner.getPublic().getEncoded(),
            Der.tagged(0xa3, Der.sequence(extensions)));
    var signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(keys.getPrivate());
    signature.update(toBeSigned);
    byte[] whole = Der.sequence(toBeSigned, ECDSA_SHA256, Der.bits(signature.sign()));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(whole));
  }

  // ---- files

  /** Puts certificates into a file, at once. */
  static Path write(Path file, X509Certificate... certificates) throws Exception {
    var text = new ByteArrayOutputStream();
    for (X509Certificate each : certificates) {
      text.writeBytes(pem("CERTIFICATE", each.getEncoded()));
    }
    return replace(file, text.toByteArray());
  }

  /** As {@code NAME.pem} and {@code NAME.key}. */
  static void write(Path folder, String name, KeyAndChain own) throws Exception {
    write(folder.resolve(name + ".pem"), own.chain().toArray(new X509Certificate[0]));
    replace(folder.resolve(name + ".key"), pem("PRIVATE KEY", own.key().getEncoded()));
  }

  static Path replace(Path file, byte[] content) throws IOException {
    Path part = Files.write(file.resolveSibling(file.getFileName() + ".part"), content);
    return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static byte[] pem(String type, byte[] content) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return ("-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n")
        .getBytes(US_ASCII);
  }
}
