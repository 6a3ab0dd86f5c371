package io.emque.plugin.jwt;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTParser;
import io.emque.api.spi.Action;
import io.emque.api.spi.Authentication;
import io.emque.api.spi.Authentication.Accepted;
import io.emque.api.spi.Authentication.Refused;
import io.emque.api.spi.Authority;
import io.emque.api.spi.Credential;
import io.emque.testkit.FixedContext;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens that nobody issued, claims that somebody did, and files of keys. */
class JwtFuzzTest {
  private static final String CLAIMS =
      """
      {"sub":"shop","aud":"emque","exp":4102444800,"nbf":1,"emque":{"publish":["orders/*"],"metrics":true}}""";

  @TempDir static Path folder;
  private static OctetSequenceKey secret;
  private static ECKey pair;
  private static Authority authority;

  @BeforeAll
  static void open() throws Exception {
    pair = new ECKeyGenerator(Curve.P_256).keyID("k1").generate();
    secret = new OctetSequenceKey.Builder(new byte[32]).keyID("k2").build();
    Path file = folder.resolve("jwks.json");
    Files.writeString(file, new JWKSet(List.of(pair.toPublicJWK(), secret)).toString(false));
    authority = new JwtAuthorizer().open(lent(file));
  }

  @AfterAll
  static void close() {
    authority.close();
  }

  private static List<byte[]> tokens() throws Exception {
    return List.of(
        signed(CLAIMS, JWSAlgorithm.ES256),
        signed(CLAIMS, JWSAlgorithm.HS256),
        bytes(part("{\"alg\":\"none\"}") + "." + part(CLAIMS) + "."),
        bytes(
            part("{\"alg\":\"HS256\",\"kid\":\"k1\",\"b64\":false,\"crit\":[\"b64\"]}")
                + ".e30.eA"),
        bytes(part("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}") + "..eA.eA.eA"),
        bytes(part("{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\"},\"x5c\":[\"\"]}") + ".e30.eA"));
  }

  private static byte[] signed(String claims, JWSAlgorithm algorithm) throws Exception {
    boolean shared = algorithm.equals(JWSAlgorithm.HS256);
    var token =
        new JWSObject(
            new JWSHeader.Builder(algorithm).keyID(shared ? "k2" : "k1").build(),
            new Payload(claims.getBytes(UTF_8)));
    token.sign(shared ? new MACSigner(secret) : new ECDSASigner(pair));
    return bytes(token.serialize());
  }

  /** What is accepted is what was signed. */
  @Fuzz(
      runs = 1_500,
      seeds = "tokens",
      words = {".", "..", "eyJ", "=", "-", "_", "e30"})
  void token(byte[] input) {
    Authentication answer = authority.authenticate(new Credential(new String(input, UTF_8), null));

    if (answer instanceof Accepted accepted) {
      assertThat(accepted.identity().name()).isEqualTo("shop");
      assertThat(accepted.identity().rules().allow(Action.PUBLISH, "other")).isFalse();
    }
    assertAnswer(answer);
  }

  /** A header in the clear, mutated before it is encoded. */
  @Fuzz(
      runs = 1_000,
      seeds = "headers",
      words = {
        "\"alg\"",
        "\"kid\"",
        "null",
        "{}",
        "[]",
        "\"crit\"",
        "\"none\"",
        "\"jwk\"",
        ":",
        ","
      })
  void header(byte[] input) {
    String token = part(new String(input, UTF_8)) + "." + part(CLAIMS) + ".AAAA";

    assertThat(authority.authenticate(new Credential(token, null))).isInstanceOf(Refused.class);
  }

  private static List<byte[]> headers() {
    return List.of(
        bytes("{\"alg\":\"ES256\",\"kid\":\"k1\"}"),
        bytes("{\"alg\":\"HS256\",\"kid\":\"k2\",\"typ\":\"JWT\",\"cty\":\"JWT\",\"x5t\":\"eA\"}"),
        bytes(
            "{\"alg\":\"EdDSA\",\"crit\":[\"exp\"],\"exp\":1,\"jku\":\"https://x\",\"zip\":\"DEF\"}"));
  }

  private static List<byte[]> claims() {
    return List.of(
        bytes(CLAIMS),
        bytes(
            "{\"sub\":\"a\",\"aud\":[\"x\",\"emque\"],\"exp\":1e10,\"emque\":\"publish:a admin:*\"}"),
        bytes(
            "{\"sub\":\"a\",\"aud\":\"emque\",\"exp\":4102444800,\"emque\":[\"subscribe:\\\\x\",1,null]}"),
        bytes(
            "{\"sub\":1,\"aud\":{\"a\":null},\"exp\":-1,\"nbf\":\"x\",\"emque\":{\"publish\":{}}}"));
  }

  /** Whatever an issuer signs. */
  @Fuzz(
      runs = 500,
      seeds = "claims",
      words = {
        "null",
        "{}",
        "[]",
        "\"\\n\"",
        "1e999",
        "-",
        "\"aud\":",
        "\"exp\":",
        "publish:",
        "\\\\"
      })
  void claim(byte[] input) throws Exception {
    byte[] token = signed(new String(input, UTF_8), JWSAlgorithm.HS256);

    assertAnswer(authority.authenticate(new Credential(new String(token, US_ASCII), null)));
  }

  private static void assertAnswer(Authentication answer) {
    if (answer instanceof Refused refused) {
      assertThat(refused.message()).isNotBlank();
      assertThat(refused.message().chars().filter(Character::isISOControl)).isEmpty();
    } else if (answer instanceof Accepted accepted) {
      assertThat(accepted.identity().name()).isNotBlank();
      var unused = accepted.identity().rules().allow(Action.ADMIN, "a");
    }
  }

  @Test
  void readerOfClaimsThatAreNotSignedWouldBeFound() throws Exception {
    FuzzLoop.Target planted =
        input -> {
          String name;
          try {
            name = JWTParser.parse(new String(input, UTF_8)).getJWTClaimsSet().getSubject();
          } catch (java.text.ParseException | NullPointerException e) {
            return;
          }
          assertThat(name).isEqualTo("shop");
        };

    assertThat(FuzzLoop.finds(planted, tokens().subList(0, 3), 10_000)).isTrue();
  }

  private static List<byte[]> keys() throws Exception {
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(pair.toECPublicKey().getEncoded())
            + "\n-----END PUBLIC KEY-----\n";
    return List.of(
        bytes(new JWKSet(List.of(pair.toPublicJWK(), secret)).toString(false)),
        bytes("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"eA\",\"e\":\"AQAB\",\"use\":\"sig\"}]}"),
        bytes("{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"eA\",\"x5c\":[\"eA\"]}]}"),
        bytes(pem),
        bytes("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
  }

  @Fuzz(
      runs = 50,
      seeds = "keys",
      words = {
        "null",
        "{}",
        "[]",
        "\"keys\"",
        "\"kty\"",
        "\"EC\"",
        "\"crv\"",
        "\"P-521\"",
        "-----"
      })
  void key(byte[] input) throws Exception {
    Path file = Files.write(folder.resolve("mutated"), input);
    try (var opened = new JwtAuthorizer().open(lent(file))) {
      String token = new String(signed(CLAIMS, JWSAlgorithm.ES256), US_ASCII);
      assertAnswer(opened.authenticate(new Credential(token, null)));
    } catch (IOException refused) {
      assertThat(refused.getMessage()).contains("jwt_keys");
      assertThat(refused.getMessage().chars().filter(Character::isISOControl)).isEmpty();
    }
  }

  private static FixedContext lent(Path keys) {
    return new FixedContext(Map.of("jwt_keys", keys.toString(), "jwt_audience", "emque"));
  }

  private static String part(String json) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(UTF_8));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
