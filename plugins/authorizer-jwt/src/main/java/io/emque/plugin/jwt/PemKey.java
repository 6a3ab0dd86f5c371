package io.emque.plugin.jwt;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/** A public key, or the one of a certificate, in PEM (RFC 7468). Never a secret. */
final class PemKey {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", Pattern.DOTALL);

  private static final String[] ALGORITHMS = {"RSA", "EC", "Ed25519"};
  private static final int ED25519_BYTES = 32;

  private PemKey() {}

  /**
   * @throws IllegalArgumentException says what is wrong
   */
  static JWK parse(String text) {
    try {
      var key = KEY.matcher(text);
      if (key.find()) {
        return jwk(publicKey(Base64.getMimeDecoder().decode(key.group(1))));
      }
      if (text.contains("-----BEGIN CERTIFICATE-----")) {
        var bytes = new ByteArrayInputStream(text.getBytes(US_ASCII));
        return jwk(
            CertificateFactory.getInstance("X.509").generateCertificate(bytes).getPublicKey());
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the key is damaged: " + e.getMessage(), e);
    }
    throw new IllegalArgumentException("it holds neither PUBLIC KEY nor CERTIFICATE");
  }

  private static PublicKey publicKey(byte[] info) throws GeneralSecurityException {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(info));
      } catch (InvalidKeySpecException another) {
        // one of the others, or none
      }
    }
    throw new IllegalArgumentException("the key is neither RSA, EC nor Ed25519");
  }

  private static JWK jwk(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa -> new RSAKey.Builder(rsa).build();
      case ECPublicKey ec ->
          new ECKey.Builder(Curve.forECParameterSpec(ec.getParams()), ec).build();
      default -> {
        byte[] info = key.getEncoded();
        byte[] point = Arrays.copyOfRange(info, info.length - ED25519_BYTES, info.length);
        yield new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(point)).build();
      }
    };
  }
}
