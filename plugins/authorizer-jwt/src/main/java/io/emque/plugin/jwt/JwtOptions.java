package io.emque.plugin.jwt;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the authorizer is opened with.
 *
 * @param keys a file or an address
 * @param issuer what {@code iss} must be; null for anything
 * @param audience what {@code aud} must hold
 * @param skew how wrong clocks may be
 * @param name the claim that names the caller
 * @param rules the claim that says what it may do
 */
record JwtOptions(
    String keys,
    @Nullable String issuer,
    String audience,
    Duration skew,
    String name,
    String rules) {
  private static final Set<String> KNOWN =
      Set.of("jwt_keys", "jwt_issuer", "jwt_audience", "jwt_skew", "jwt_name", "jwt_rules");

  private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(s|m)?");

  static JwtOptions of(Map<String, String> options) {
    for (String option : options.keySet()) {
      if (!KNOWN.contains(option)) {
        throw new IllegalArgumentException(
            "--auth=jwt has no option \"" + option + "\"; it takes the flags --jwt_… alone");
      }
    }
    return new JwtOptions(
        needed(options, "jwt_keys", "a JWKS or a public key"),
        options.get("jwt_issuer"),
        needed(options, "jwt_audience", "who tokens are for, or those for others would do"),
        skew(options.getOrDefault("jwt_skew", "30s")),
        options.getOrDefault("jwt_name", "sub"),
        options.getOrDefault("jwt_rules", "emque"));
  }

  private static String needed(Map<String, String> options, String name, String what) {
    String value = options.get(name);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException("--auth=jwt needs --" + name + ": " + what);
    }
    return value;
  }

  private static Duration skew(String text) {
    var matcher = DURATION.matcher(text);
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      Duration skew =
          "m".equals(matcher.group(2)) ? Duration.ofMinutes(number) : Duration.ofSeconds(number);
      if (skew.compareTo(Duration.ofMinutes(10)) <= 0) {
        return skew;
      }
    }
    throw new IllegalArgumentException(
        "jwt_skew=\"" + text + "\" is not 0 to 10m; clocks that are wronger need mending");
  }
}
