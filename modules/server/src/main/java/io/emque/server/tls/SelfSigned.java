package io.emque.server.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.emque.pem.Der;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Makes a self-signed ECDSA P-256 certificate (RFC 5280). */
final class SelfSigned {
  private static final Duration VALID = Duration.ofDays(365);
  private static final Duration CLOCKS_DIFFER = Duration.ofHours(1);
  private static final byte[] ECDSA_SHA256 = Der.sequence(Der.oid("1.2.840.10045.4.3.2"));
  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;

  private SelfSigned() {}

  static Identity create(String host) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair keys = generator.generateKeyPair();
    byte[] toBeSigned = toBeSigned(keys.getPublic().getEncoded(), host);
    var signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(keys.getPrivate());
    signature.update(toBeSigned);
    byte[] certificate = Der.sequence(toBeSigned, ECDSA_SHA256, Der.bits(signature.sign()));
    var parsed =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(certificate));
    return new Identity(keys.getPrivate(), List.of(parsed));
  }

  private static byte[] toBeSigned(byte[] publicKey, String host) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    byte[] name =
        Der.sequence(Der.set(Der.sequence(Der.oid("2.5.4.3"), Der.utf8("emque self-signed"))));
    return Der.sequence(
        Der.tagged(0xa0, Der.integer(BigInteger.TWO)), // version 3
        Der.integer(new BigInteger(127, new SecureRandom()).setBit(126)),
        ECDSA_SHA256,
        name,
        Der.sequence(Der.time(now.minus(CLOCKS_DIFFER)), Der.time(now.plus(VALID))),
        name,
        publicKey,
        Der.tagged(0xa3, Der.sequence(extensions(host))));
  }

  private static byte[] extensions(String host) {
    byte[] constraints =
        Der.sequence(Der.oid("2.5.29.19"), Der.bool(true), Der.octets(Der.sequence()));
    byte[] keyUsage = // digitalSignature
        Der.sequence(Der.oid("2.5.29.15"), Der.bool(true), Der.octets(Der.bits(7, (byte) 0x80)));
    byte[] serverAuth =
        Der.sequence(Der.oid("2.5.29.37"), Der.octets(Der.sequence(Der.oid("1.3.6.1.5.5.7.3.1"))));
    byte[] names = Der.sequence(Der.oid("2.5.29.17"), Der.octets(Der.sequence(names(host))));
    return concat(constraints, keyUsage, serverAuth, names);
  }

  /** What clients may call this server: by name and by address. */
  private static byte[] names(String host) {
    Set<String> names = new LinkedHashSet<>();
    Set<InetAddress> addresses = new LinkedHashSet<>();
    names.add("localhost");
    try {
      addresses.add(InetAddress.ofLiteral("127.0.0.1"));
      addresses.add(InetAddress.ofLiteral("::1"));
      names.add(InetAddress.getLocalHost().getHostName());
    } catch (UnknownHostException e) {
      // A machine that does not know its own name is called localhost.
    }
    if (!host.isEmpty()) {
      try {
        InetAddress literal = InetAddress.ofLiteral(host);
        if (!literal.isAnyLocalAddress()) {
          addresses.add(literal);
        }
      } catch (IllegalArgumentException notLiteral) {
        names.add(host);
      }
    }
    var out = new java.io.ByteArrayOutputStream();
    for (String dns : names) {
      if (US_ASCII.newEncoder().canEncode(dns)) {
        out.writeBytes(Der.tagged(DNS_NAME, dns.getBytes(US_ASCII)));
      }
    }
    for (InetAddress address : addresses) {
      out.writeBytes(Der.tagged(IP_ADDRESS, address.getAddress()));
    }
    return out.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    var out = new java.io.ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
