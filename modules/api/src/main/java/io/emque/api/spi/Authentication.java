package io.emque.api.spi;

import static java.util.Objects.requireNonNull;

/** What an {@link Authority} says of a credential. */
public sealed interface Authentication {
  /** The credential is good. */
  static Authentication accepted(Identity identity) {
    return new Accepted(identity);
  }

  /** The credential is not good. */
  static Authentication refused(Reason reason, String message) {
    return new Refused(reason, message);
  }

  /** The credential is good. */
  record Accepted(Identity identity) implements Authentication {
    /** Refuses null. */
    public Accepted {
      requireNonNull(identity, "identity");
    }
  }

  /**
   * The credential is not good.
   *
   * @param reason what it is counted as
   * @param message one line that names the rule and the way out, fit to be shown to the caller;
   *     never holds the credential
   */
  record Refused(Reason reason, String message) implements Authentication {
    /** Refuses nulls. */
    public Refused {
      requireNonNull(reason, "reason");
      requireNonNull(message, "message");
    }
  }

  /** Why a credential is refused. */
  enum Reason {
    /** There is none. */
    MISSING,
    /** It is not of the form that is expected. */
    MALFORMED,
    /** Nobody has it. */
    UNKNOWN,
    /** It is signed in a way that is not allowed, or not at all. */
    ALGORITHM,
    /** Its signature is not that of a known key. */
    SIGNATURE,
    /** Its time is over. */
    EXPIRED,
    /** Its time has not come. */
    NOT_YET_VALID,
    /** It was issued by somebody else. */
    ISSUER,
    /** It is meant for somebody else. */
    AUDIENCE,
    /** It was taken back. */
    REVOKED,
    /** It cannot be checked now. Whoever is connected stays. */
    UNAVAILABLE
  }
}
