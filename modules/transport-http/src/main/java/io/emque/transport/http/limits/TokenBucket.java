package io.emque.transport.http.limits;

/**
 * Tokens that come at a rate, a second's worth at most. When there is one, whoever takes may take
 * more, and the next one waits until that is paid: a message larger than a second's worth passes
 * too. Not thread-safe.
 */
final class TokenBucket {
  private static final double NANOS = 1e9;

  private double tokens;
  private long filledAt;
  private boolean used;

  /** Nanoseconds until there is a token; 0 when there is one. */
  long wait(long perSecond, long now) {
    if (perSecond == 0) {
      return 0;
    }
    fill(perSecond, now);
    return tokens >= 1 ? 0 : 1 + (long) ((1 - tokens) / perSecond * NANOS);
  }

  /** Takes tokens, though there may be fewer. */
  void take(long count, long perSecond) {
    if (perSecond > 0) {
      tokens -= count;
    }
  }

  private void fill(long perSecond, long now) {
    if (!used) {
      used = true;
      tokens = (double) perSecond;
    } else {
      tokens = Math.min((double) perSecond, tokens + (now - filledAt) / NANOS * perSecond);
    }
    filledAt = now;
  }

  /** Whether forgetting it gives nobody anything. */
  boolean isFull(long perSecond, long now) {
    if (perSecond == 0 || !used) {
      return true;
    }
    fill(perSecond, now);
    return tokens >= perSecond;
  }
}
