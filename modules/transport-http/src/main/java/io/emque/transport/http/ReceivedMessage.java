package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.transport.http.limits.Assembly;
import io.emque.transport.http.limits.InFlight;
import org.jspecify.annotations.Nullable;

/**
 * A message that comes in several pieces over a WebSocket. When there is no memory for it, the rest
 * of it is dropped. One thread.
 */
final class ReceivedMessage {
  /** Bytes that taking an envelope apart takes, for each of its own. */
  private static final long PARSED = 3;

  private final InFlight.Lease lease;
  private final Assembly assembly;
  private @Nullable BrokerException refusal;
  private boolean coming;

  /**
   * @param most bytes that there can be
   */
  ReceivedMessage(InFlight.Lease lease, int most) {
    this.lease = lease;
    this.assembly = new Assembly(lease, most);
  }

  /** Whether there is some of a message. */
  boolean isComing() {
    return coming;
  }

  void add(byte[] array, int offset, int length) {
    coming = true;
    if (refusal == null) {
      try {
        assembly.add(array, offset, length);
      } catch (BrokerException e) {
        refusal = e;
        assembly.close();
      }
    }
  }

  /** It is there, and will be copied while it is taken apart. */
  void parsing() {
    if (refusal == null) {
      try {
        lease.hold(PARSED * assembly.length());
      } catch (BrokerException e) {
        refusal = e;
        assembly.close();
      }
    }
  }

  /** Why there is nothing of it; null when it is there. */
  @Nullable BrokerException refusal() {
    return refusal;
  }

  byte[] array() {
    return assembly.array();
  }

  int length() {
    return assembly.length();
  }

  /** It is of no use any more; another one may come. */
  void forget() {
    assembly.close();
    refusal = null;
    coming = false;
  }
}
