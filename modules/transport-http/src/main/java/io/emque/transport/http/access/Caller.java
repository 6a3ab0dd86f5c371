package io.emque.transport.http.access;

import static java.util.Objects.requireNonNull;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.spi.Action;
import io.emque.api.spi.Authentication;
import io.emque.api.spi.Authentication.Accepted;
import io.emque.api.spi.Authentication.Reason;
import io.emque.api.spi.Authentication.Refused;
import io.emque.api.spi.Credential;
import io.emque.api.spi.Identity;
import io.emque.engine.LogBroker;
import io.emque.transport.http.limits.Who;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whoever has sent a request or holds a connection, and what that one may do. Any thread.
 *
 * <p><b>Errors:</b> {@link BrokerException}s {@link ErrorCode#UNAUTHENTICATED} and {@link
 * ErrorCode#FORBIDDEN}, and {@link ErrorCode#OVERLOADED} when a credential cannot be checked now.
 */
public final class Caller {
  /** The caller of the request that is being handled. */
  public static final ScopedValue<Caller> CURRENT = ScopedValue.newInstance();

  private final AccessControl access;
  private final LogBroker broker;
  private final String from;
  private Credential credential; // under this object's monitor
  private volatile @Nullable Standing standing; // null before it asks for something

  Caller(AccessControl access, LogBroker broker, Credential credential, String from) {
    this.access = access;
    this.broker = access.isOpen() ? broker : new GuardedBroker(broker, this);
    this.credential = credential;
    this.from = from;
  }

  /** The broker, as far as this caller may use it. Throws for one who is not known. */
  public LogBroker broker() {
    identity();
    return broker;
  }

  /** What limits are counted by: also by who it is, once that is known. Never throws. */
  public Who counted(Who place) {
    if (access.isOpen()) {
      return place;
    }
    Standing now = standing == null ? look() : requireNonNull(standing);
    return now.identity == null ? place : place.as(now.identity.name());
  }

  /** Who it is now: throws when its time is over, or when it is not known any more. */
  public Identity identity() {
    Standing now = standing;
    if (now == null || now.generation != access.generation()) {
      now = look();
    }
    Refused refused = now.refused;
    if (refused == null && now.isOver(access)) {
      refused = expired(now.known());
    }
    if (refused != null) {
      access.refused(refused, from);
      throw refusal(refused);
    }
    return now.known();
  }

  private synchronized Standing look() {
    int generation = access.generation();
    Standing before = standing;
    if (before == null || before.generation != generation) {
      Standing now = standing(access.authenticate(credential), generation);
      if (before != null && before.identity != null && now.isUnavailable()) {
        now = before.at(generation);
      }
      standing = now;
    }
    return requireNonNull(standing);
  }

  private Standing standing(Authentication answer, int generation) {
    return switch (answer) {
      case Accepted accepted -> new Standing(accepted.identity(), null, generation);
      case Refused refused -> new Standing(null, refused, generation);
    };
  }

  private static Refused expired(Identity identity) {
    return new Refused(
        Reason.EXPIRED, "the credential expired at " + identity.expires() + "; get a new one");
  }

  private static BrokerException refusal(Refused refused) {
    return new BrokerException(
        refused.reason() == Reason.UNAVAILABLE ? ErrorCode.OVERLOADED : ErrorCode.UNAUTHENTICATED,
        refused.message());
  }

  /** Throws when this caller may not do this. */
  public void require(Action action, String topic) {
    Identity identity = identity();
    if (!identity.may(action, topic)) {
      throw forbidden(identity, action, topic);
    }
  }

  BrokerException forbidden(Identity identity, Action action, String topic) {
    String message =
        "\""
            + identity.name()
            + "\" may not "
            + switch (action) {
              case PUBLISH -> "publish to topic \"" + topic + "\"";
              case SUBSCRIBE -> "subscribe to topic \"" + topic + "\"";
              case ADMIN -> "administer topic \"" + topic + "\"";
              case METRICS -> "see the metrics";
            }
            + "; its rules must allow it";
    access.forbidden(identity, message);
    return new BrokerException(ErrorCode.FORBIDDEN, message);
  }

  /**
   * Has the end of a stream that lives on called, once, when this caller may no longer do this.
   *
   * @param topic null for a stream whose messages name their topics
   * @param end called by a virtual thread; may block
   */
  public Hold hold(Action action, @Nullable String topic, Consumer<BrokerException> end) {
    return new Hold(access, this, action, topic, end);
  }

  /** How long it is until its time is over; null when it has none or is not known. */
  @Nullable Duration remaining() {
    Standing now = standing;
    Instant expires = now == null ? null : now.expires();
    return expires == null ? null : access.until(expires);
  }

  /**
   * Goes on with another token, which must be the same one's. When it is refused nothing has
   * changed.
   */
  public synchronized void renew(String token) {
    Identity before = identity();
    Credential renewed = credential.token(token);
    int generation = access.generation();
    Standing now = standing(access.authenticate(renewed), generation);
    Refused refused = now.refused;
    if (refused != null) {
      access.refused(refused, from);
      throw refusal(refused);
    }
    if (!now.known().name().equals(before.name())) {
      throw new BrokerException(
          ErrorCode.FORBIDDEN,
          "this connection is \""
              + before.name()
              + "\" and cannot become \""
              + now.known().name()
              + "\"; make another one");
    }
    credential = renewed;
    standing = now;
  }

  /**
   * @param refused null when it is known
   * @param generation of the authority's answers
   */
  private record Standing(@Nullable Identity identity, @Nullable Refused refused, int generation) {
    @Nullable Instant expires() {
      return identity == null ? null : identity.expires();
    }

    boolean isOver(AccessControl access) {
      Instant expires = expires();
      return expires != null && access.isOver(expires);
    }

    Identity known() {
      return requireNonNull(identity);
    }

    boolean isUnavailable() {
      return refused != null && refused.reason() == Reason.UNAVAILABLE;
    }

    Standing at(int newGeneration) {
      return new Standing(identity, refused, newGeneration);
    }
  }
}
