package io.emque.plugin.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.emque.api.spi.Authorizer;
import io.emque.testkit.AuthorizerContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** The authorizer {@code jwt} is one. */
class JwtContractTest extends AuthorizerContract {
  private final ECKey key = key();

  private static ECKey key() {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID("k1").generate();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  protected Authorizer authorizer() {
    return new JwtAuthorizer();
  }

  @Override
  protected Map<String, String> options() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("jwks.json"), new JWKSet(key.toPublicJWK()).toString(true));
    return Map.of("jwt_keys", file.toString(), "jwt_audience", "emque");
  }

  @Override
  protected String goodToken() throws Exception {
    var claims =
        new JWTClaimsSet.Builder()
            .subject("shop")
            .audience("emque")
            .expirationTime(Date.from(Instant.now().plusSeconds(600)))
            .claim("emque", Map.of("publish", List.of("orders/*")))
            .build();
    var token =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("k1").build(), claims);
    token.sign(new ECDSASigner(key));
    return token.serialize();
  }
}
