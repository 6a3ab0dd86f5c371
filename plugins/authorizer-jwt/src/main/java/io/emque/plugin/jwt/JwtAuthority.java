package io.emque.plugin.jwt;

import static io.emque.api.spi.Authentication.refused;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.SignedJWT;
import io.emque.api.OneLine;
import io.emque.api.spi.Authentication;
import io.emque.api.spi.Authentication.Reason;
import io.emque.api.spi.Authority;
import io.emque.api.spi.Credential;
import io.emque.api.spi.Identity;
import java.io.IOException;
import java.text.ParseException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks tokens: first the signature, by a key that is known and in the one way that key is for,
 * then the claims.
 */
final class JwtAuthority implements Authority {
  private final JwtOptions options;
  private final Keys keys;
  private final InstantSource clock;

  JwtAuthority(JwtOptions options, Keys keys, InstantSource clock) {
    this.options = options;
    this.keys = keys;
    this.clock = clock;
  }

  @Override
  public Authentication authenticate(Credential credential) {
    String token = credential.token();
    if (token == null) {
      return refused(Reason.MISSING, "a token is needed; send Authorization: Bearer TOKEN");
    }
    try {
      if (!(parsed(token) instanceof SignedJWT signed)) {
        return refused(
            Reason.ALGORITHM, "the token is not signed (or encrypted); send one that is signed");
      }
      Authentication fault = checkSignature(signed);
      return fault == null ? checkClaims(signed.getJWTClaimsSet()) : fault;
    } catch (ParseException e) {
      return refused(Reason.MALFORMED, "the token is no JSON Web Token; get one from the issuer");
    } catch (JOSEException e) {
      return refused(Reason.SIGNATURE, "the token's signature cannot be checked");
    }
  }

  /** The library throws others, too, where it does not find what it looks for. */
  private static JWT parsed(String token) throws ParseException {
    try {
      return JWTParser.parse(token);
    } catch (RuntimeException e) {
      throw (ParseException) new ParseException("no token", 0).initCause(e);
    }
  }

  private @Nullable Authentication checkSignature(SignedJWT token) throws JOSEException {
    JWSHeader header = token.getHeader();
    JWSAlgorithm algorithm = header.getAlgorithm();
    if (!Verifying.knows(algorithm)) {
      return refused(
          Reason.ALGORITHM,
          "tokens signed with " + algorithm + " are not taken; use RS, PS, ES, EdDSA or HS");
    }
    List<JWK> candidates = keys.forId(header.getKeyID());
    boolean suited = candidates.isEmpty();
    for (JWK key : candidates) {
      if (Verifying.isFor(key, algorithm)) {
        suited = true;
        if (token.verify(Verifying.verifier(key))) {
          return null;
        }
      }
    }
    if (keys.areMissing()) {
      return refused(Reason.UNAVAILABLE, "the keys cannot be had now; try again later");
    }
    return suited
        ? refused(Reason.SIGNATURE, "the token's signature is not that of a known key")
        : refused(
            Reason.ALGORITHM, "no known key is for tokens signed with " + algorithm + " like this");
  }

  private Authentication checkClaims(JWTClaimsSet claims) throws ParseException {
    Instant now = clock.instant();
    Date expires = claims.getExpirationTime();
    Date notBefore = claims.getNotBeforeTime();
    if (expires == null) {
      return refused(Reason.MALFORMED, "the token has no time at which it expires (exp)");
    }
    Instant ends = expires.toInstant().plus(options.skew());
    if (!now.isBefore(ends)) {
      return refused(
          Reason.EXPIRED, "the token expired at " + expires.toInstant() + "; get a new one");
    }
    if (notBefore != null && now.plus(options.skew()).isBefore(notBefore.toInstant())) {
      return refused(
          Reason.NOT_YET_VALID, "the token is good from " + notBefore.toInstant() + " on");
    }
    if (options.issuer() != null && !options.issuer().equals(claims.getIssuer())) {
      return refused(Reason.ISSUER, "the token is of another issuer (iss)");
    }
    List<String> audience = claims.getAudience();
    if (audience == null || !audience.contains(options.audience())) {
      return refused(Reason.AUDIENCE, "the token is for somebody else (aud)");
    }
    if (!(claims.getClaim(options.name()) instanceof String name) || name.isBlank()) {
      return refused(Reason.MALFORMED, "the token does not say who it is for: " + options.name());
    }
    try {
      return Authentication.accepted(
          new Identity(name, ends, ClaimedRules.of(claims.getClaim(options.rules()))));
    } catch (IllegalArgumentException e) {
      return refused(
          Reason.MALFORMED, "the token's rules (" + options.rules() + ") are wrong: " + oneLine(e));
    }
  }

  private static String oneLine(IllegalArgumentException e) {
    return OneLine.of(String.valueOf(e.getMessage()));
  }

  @Override
  public void reload() throws IOException {
    keys.reload();
  }

  @Override
  public void close() {
    keys.close();
  }
}
