package io.emque.server.auth;

import io.emque.api.spi.Authentication;
import io.emque.api.spi.Authentication.Reason;
import io.emque.api.spi.Identity;
import io.emque.api.spi.TopicRules;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a file of tokens.
 *
 * @param hashes of its tokens, as {@link TokenText#hash} gives them
 * @param subject of its certificate; null for none
 * @param names of its certificate, as {@link io.emque.api.spi.Credential#alternativeNames} has them
 */
record TokenEntry(
    String name,
    List<String> hashes,
    @Nullable String subject,
    List<String> names,
    @Nullable Instant notBefore,
    @Nullable Instant expires,
    boolean revoked,
    TopicRules rules) {

  /**
   * @param until when the credential's own time is over; null for never
   */
  Authentication authenticate(Instant now, @Nullable Instant until) {
    if (revoked) {
      return Authentication.refused(
          Reason.REVOKED, "the credential of \"" + name + "\" was revoked; ask for a new one");
    }
    if (notBefore != null && now.isBefore(notBefore)) {
      return Authentication.refused(
          Reason.NOT_YET_VALID, "the credential of \"" + name + "\" is good from " + notBefore);
    }
    Instant ends = expires == null || (until != null && until.isBefore(expires)) ? until : expires;
    if (ends != null && !now.isBefore(ends)) {
      return Authentication.refused(
          Reason.EXPIRED, "the credential of \"" + name + "\" expired at " + ends);
    }
    return Authentication.accepted(new Identity(name, ends, rules));
  }
}
