package io.emque.transport.http.limits;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How fast each address and each identity publishes. Requests that come too soon are refused;
 * streams, whose messages have an order to keep, wait. Any thread.
 */
public final class Rates {
  private static final long SWEEP_NANOS = 10_000_000_000L;
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final LongSupplier nanoTime;
  private final ConcurrentMap<Object, Buckets> byKey = new ConcurrentHashMap<>();
  private final AtomicLong sweptAt;
  private final LongAdder refused = new LongAdder();
  private final LongAdder waits = new LongAdder();
  private volatile Rate perAddress = Rate.NONE;
  private volatile Rate perIdentity = Rate.NONE;

  Rates(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.sweptAt = new AtomicLong(nanoTime.getAsLong());
  }

  void set(Rate address, Rate identity) {
    perAddress = address;
    perIdentity = identity;
  }

  /**
   * Lets a message pass, or refuses it.
   *
   * @throws BrokerException {@link ErrorCode#RATE_LIMITED}, with the time to try again
   */
  public void require(Who who, long bytes) {
    long nanos = take(who, 1, bytes);
    if (nanos > 0) {
      refused.increment();
      throw refusal(who, nanos);
    }
  }

  /** Refuses whoever may not publish now, before anything is read. Takes nothing. */
  public void requireAny(Who who) {
    long nanos = take(who, 0, 0);
    if (nanos > 0) {
      refused.increment();
      throw refusal(who, nanos);
    }
  }

  /** Whether messages pass at once. */
  public boolean passes(Who who, long messages, long bytes) {
    return take(who, messages, bytes) == 0;
  }

  /**
   * Lets messages pass, when it is time.
   *
   * @param wanted whether it is still of use; looked at every second
   * @return whether they passed
   */
  public boolean await(Who who, long messages, long bytes, BooleanSupplier wanted)
      throws InterruptedException {
    long nanos = take(who, messages, bytes);
    if (nanos > 0) {
      waits.increment();
    }
    while (nanos > 0) {
      if (!wanted.getAsBoolean()) {
        return false;
      }
      Thread.sleep(Duration.ofNanos(Math.min(nanos, LOOK_NANOS)));
      nanos = take(who, messages, bytes);
    }
    return true;
  }

  /** Takes from all that apply, or from none. Returns nanoseconds to wait. */
  private long take(Who who, long messages, long bytes) {
    Rate address = perAddress;
    Rate identity = perIdentity;
    if (address.isNone() && identity.isNone()) {
      return 0;
    }
    long now = nanoTime.getAsLong();
    sweep(now);
    Buckets one = address.isNone() ? null : buckets(who.address());
    Buckets other = identity.isNone() ? null : buckets(who.identity());
    long nanos = Math.max(wait(one, address, now), wait(other, identity, now));
    if (nanos == 0) {
      charge(one, address, messages, bytes);
      charge(other, identity, messages, bytes);
    }
    return nanos;
  }

  private @Nullable Buckets buckets(@Nullable Object key) {
    return key == null ? null : byKey.computeIfAbsent(key, k -> new Buckets());
  }

  private static long wait(@Nullable Buckets buckets, Rate rate, long now) {
    if (buckets == null) {
      return 0;
    }
    synchronized (buckets) {
      return Math.max(
          buckets.messages.wait(rate.messages(), now), buckets.bytes.wait(rate.bytes(), now));
    }
  }

  private static void charge(@Nullable Buckets buckets, Rate rate, long messages, long bytes) {
    if (buckets != null) {
      synchronized (buckets) {
        buckets.messages.take(messages, rate.messages());
        buckets.bytes.take(bytes, rate.bytes());
      }
    }
  }

  /** Forgets those who have not published for a while. */
  private void sweep(long now) {
    long last = sweptAt.get();
    if (now - last < SWEEP_NANOS || !sweptAt.compareAndSet(last, now)) {
      return;
    }
    byKey
        .entrySet()
        .removeIf(
            entry -> {
              Rate rate = entry.getKey() instanceof String ? perIdentity : perAddress;
              Buckets buckets = entry.getValue();
              synchronized (buckets) {
                return buckets.messages.isFull(rate.messages(), now)
                    && buckets.bytes.isFull(rate.bytes(), now);
              }
            });
  }

  private BrokerException refusal(Who who, long nanos) {
    Duration after = Duration.ofNanos(nanos);
    String name = who.identity() == null ? "this address" : "\"" + who.identity() + "\"";
    return new BrokerException(
        ErrorCode.RATE_LIMITED,
        name
            + " publishes faster than it may; wait "
            + seconds(after)
            + " s, or raise --publish_rate_per_address and the like",
        after);
  }

  /** Rounded up, as {@code Retry-After} has it. */
  public static long seconds(Duration after) {
    return Math.max(1, after.plusMillis(999).toSeconds());
  }

  int known() {
    return byKey.size();
  }

  long refused() {
    return refused.sum();
  }

  long waits() {
    return waits.sum();
  }

  private static final class Buckets {
    private final TokenBucket messages = new TokenBucket();
    private final TokenBucket bytes = new TokenBucket();
  }
}
