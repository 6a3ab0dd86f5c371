package io.emque.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Tokens of the authorizer {@code tokens}, and what is kept of them.
 *
 * <p>A token is 256 random bits behind {@value #PREFIX}, by which people and scanners know it. What
 * is kept is its SHA-256: nobody can try all tokens of that length, so a salt, or a hash that is
 * slow on purpose as passwords need, would protect nothing and cost every request.
 */
public final class TokenText {
  /** What tokens begin with that were made here. */
  public static final String PREFIX = "emque_";

  /** Shorter ones might be guessed. */
  public static final int MIN_LENGTH = 32;

  private static final String HASH = "sha256:";
  private static final Pattern HASHED = Pattern.compile(HASH + "[0-9a-f]{64}");
  private static final int BYTES = 32;

  private TokenText() {}

  /** A new one. */
  public static String create() {
    var random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /** What a file of tokens holds of it. */
  public static String hash(String token) {
    return HASH + HexFormat.of().formatHex(digest(token));
  }

  /** Whether it is what {@link #hash} gives. */
  static boolean isHash(String text) {
    return HASHED.matcher(text).matches();
  }

  static byte[] digest(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
