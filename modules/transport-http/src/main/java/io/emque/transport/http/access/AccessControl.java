package io.emque.transport.http.access;

import static java.lang.System.Logger.Level.ERROR;

import io.emque.api.spi.Authentication;
import io.emque.api.spi.Authentication.Reason;
import io.emque.api.spi.Authentication.Refused;
import io.emque.api.spi.Authority;
import io.emque.api.spi.Credential;
import io.emque.api.spi.Identity;
import io.emque.engine.LogBroker;
import io.emque.transport.http.metrics.Exposition;
import io.emque.transport.http.metrics.MetricsSource;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Asks an {@link Authority} who callers are, and again when its answers may have changed; ends the
 * streams of those that are refused then, or whose time is over. Any thread.
 */
public final class AccessControl implements MetricsSource, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(AccessControl.class.getName());
  private static final int MAX_TOKEN = 16 * 1024;

  /** As often the time is looked at: clocks are set, and machines sleep. */
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private static final Identity ANYONE = new Identity("anyone", null, (action, topic) -> true);

  private final @Nullable Authority authority;
  private final InstantSource clock;
  private final boolean queryToken;
  private final Failures failures = new Failures();
  private final AtomicInteger generation = new AtomicInteger();
  private final Set<Hold> holds = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, work -> Thread.ofPlatform().daemon().name("emque-credentials").unstarted(work));

  private AccessControl(@Nullable Authority authority, InstantSource clock, boolean queryToken) {
    this.authority = authority;
    this.clock = clock;
    this.queryToken = queryToken;
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Anyone may do anything. */
  public static AccessControl open() {
    return new AccessControl(null, InstantSource.system(), false);
  }

  /**
   * Only those may do anything whom the authority knows.
   *
   * @param authority closed with this
   * @param queryToken whether a token may come as the query parameter {@code token}
   */
  public static AccessControl of(Authority authority, InstantSource clock, boolean queryToken) {
    return new AccessControl(authority, clock, queryToken);
  }

  /** Whether anyone may do anything. */
  public boolean isOpen() {
    return authority == null;
  }

  /** Whether a token may come in a query. */
  public boolean queryToken() {
    return queryToken;
  }

  /**
   * Whoever has begun a request. Not looked at before it asks for something.
   *
   * @param from its address, for the log
   */
  public Caller caller(LogBroker broker, Credential credential, String from) {
    return new Caller(this, broker, credential, from);
  }

  /** The authority's answers may be others from now on. Does not block. */
  public void changed() {
    generation.incrementAndGet();
    if (!holds.isEmpty()) {
      Thread.ofVirtual().name("emque-credentials").start(() -> holds.forEach(Hold::look));
    }
  }

  // ---- for callers

  int generation() {
    return generation.get();
  }

  Authentication authenticate(Credential credential) {
    if (authority == null) {
      return Authentication.accepted(ANYONE);
    }
    String token = credential.token();
    if (token != null && !isWellFormed(token)) {
      return Authentication.refused(
          Reason.MALFORMED, "the credential is no bearer token; send Authorization: Bearer TOKEN");
    }
    try {
      return authority.authenticate(credential);
    } catch (RuntimeException e) {
      LOG.log(ERROR, "a credential could not be checked", e);
      return Authentication.refused(
          Reason.UNAVAILABLE, "the credential cannot be checked now; the broker's log says why");
    }
  }

  /** RFC 6750, section 2.1: visible characters, and not without end. */
  private static boolean isWellFormed(String token) {
    return !token.isEmpty()
        && token.length() <= MAX_TOKEN
        && token.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  /** Whether a time has come, by the wall clock: it may be set in the midst of a stream. */
  boolean isOver(Instant time) {
    return !time.isAfter(clock.instant());
  }

  /** How long it is until a time. */
  Duration until(Instant time) {
    return Duration.between(clock.instant(), time);
  }

  /**
   * Counts and tells that a credential was refused.
   *
   * @param from its address, for the log
   */
  public void refused(Refused refused, String from) {
    failures.refused(refused, from);
  }

  void forbidden(Identity identity, String message) {
    failures.forbidden(identity.name(), message);
  }

  // ---- for holds

  void add(Hold hold) {
    holds.add(hold);
  }

  void remove(Hold hold) {
    holds.remove(hold);
  }

  ScheduledFuture<?> schedule(Hold hold, Duration left) {
    Duration next = left.compareTo(LONGEST) > 0 ? LONGEST : left;
    return timer.schedule(
        () -> {
          Thread.ofVirtual().name("emque-credentials").start(hold::look);
        },
        Math.max(0, next.toNanos()),
        TimeUnit.NANOSECONDS);
  }

  void ended() {
    failures.ended.increment();
  }

  @Override
  public void write(Exposition out) {
    failures.write(out);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    if (authority != null) {
      authority.close();
    }
  }
}
