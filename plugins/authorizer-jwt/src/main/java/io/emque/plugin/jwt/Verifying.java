package io.emque.plugin.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;

/**
 * Which key verifies which algorithm. The key decides: a public key is never taken for the secret
 * of an HMAC, whatever a token's header says, and {@code none} is no algorithm of any key.
 */
final class Verifying {
  private static final int MIN_RSA_BITS = 2048;

  private Verifying() {}

  static boolean knows(JWSAlgorithm algorithm) {
    return JWSAlgorithm.Family.RSA.contains(algorithm)
        || JWSAlgorithm.Family.EC.contains(algorithm)
        || JWSAlgorithm.Family.HMAC_SHA.contains(algorithm)
        || algorithm.equals(JWSAlgorithm.EdDSA)
        || algorithm.equals(JWSAlgorithm.Ed25519);
  }

  /** Whether this key is for signatures of this algorithm. */
  static boolean isFor(JWK key, JWSAlgorithm algorithm) {
    if (key.getKeyUse() != null && !key.getKeyUse().equals(KeyUse.SIGNATURE)) {
      return false;
    }
    if (key.getAlgorithm() != null && !key.getAlgorithm().equals(algorithm)) {
      return false;
    }
    return switch (key) {
      case RSAKey rsa -> JWSAlgorithm.Family.RSA.contains(algorithm) && rsa.size() >= MIN_RSA_BITS;
      case ECKey ec ->
          Curve.forJWSAlgorithm(algorithm) != null
              && Curve.forJWSAlgorithm(algorithm).contains(ec.getCurve());
      case OctetKeyPair pair ->
          pair.getCurve().equals(Curve.Ed25519)
              && (algorithm.equals(JWSAlgorithm.EdDSA) || algorithm.equals(JWSAlgorithm.Ed25519));
      case OctetSequenceKey secret ->
          JWSAlgorithm.Family.HMAC_SHA.contains(algorithm) && secret.size() >= bits(algorithm);
      default -> false;
    };
  }

  /** RFC 7518, section 3.2: a secret is at least as long as its hash. */
  private static int bits(JWSAlgorithm algorithm) {
    return Integer.parseInt(algorithm.getName().substring(2));
  }

  static JWSVerifier verifier(JWK key) throws JOSEException {
    return switch (key) {
      case RSAKey rsa -> new RSASSAVerifier(rsa);
      case ECKey ec -> new ECDSAVerifier(ec);
      case OctetKeyPair pair -> new Ed25519JdkVerifier(pair);
      case OctetSequenceKey secret -> new MACVerifier(secret);
      default -> throw new JOSEException("no key for signatures");
    };
  }
}
