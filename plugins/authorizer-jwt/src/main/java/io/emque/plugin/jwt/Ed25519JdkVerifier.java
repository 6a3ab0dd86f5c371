package io.emque.plugin.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.jca.JCAContext;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Set;

/** EdDSA by the JDK; the library's own verifier would need a second library, Tink. */
final class Ed25519JdkVerifier implements JWSVerifier {
  /** A SubjectPublicKeyInfo up to the key's 32 bytes (RFC 8410, section 4). */
  private static final byte[] INFO = HexFormat.of().parseHex("302a300506032b6570032100");

  private static final int KEY_BYTES = 32;

  private final PublicKey key;
  private final JCAContext context = new JCAContext();

  Ed25519JdkVerifier(OctetKeyPair pair) throws JOSEException {
    byte[] point = pair.getDecodedX();
    if (point.length != KEY_BYTES) {
      throw new JOSEException("an Ed25519 key has 32 bytes");
    }
    var info = new byte[INFO.length + KEY_BYTES];
    System.arraycopy(INFO, 0, info, 0, INFO.length);
    System.arraycopy(point, 0, info, INFO.length, KEY_BYTES);
    try {
      key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(info));
    } catch (GeneralSecurityException e) {
      throw new JOSEException("no Ed25519 key: " + e.getMessage(), e);
    }
  }

  @Override
  public boolean verify(JWSHeader header, byte[] signed, Base64URL signature) throws JOSEException {
    if (header.getCriticalParams() != null) {
      return false; // something that must be understood, and is not
    }
    try {
      var verifying = Signature.getInstance("Ed25519");
      verifying.initVerify(key);
      verifying.update(signed);
      return verifying.verify(signature.decode());
    } catch (SignatureException malformed) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new JOSEException("Ed25519 failed: " + e.getMessage(), e);
    }
  }

  @Override
  public Set<JWSAlgorithm> supportedJWSAlgorithms() {
    return Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);
  }

  @Override
  public JCAContext getJCAContext() {
    return context;
  }
}
