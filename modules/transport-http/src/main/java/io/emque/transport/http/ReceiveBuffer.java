package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.transport.http.limits.InFlight;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A WebSocket's receive buffer counts as memory in flight where it is large. One thread. */
final class ReceiveBuffer {
  private final InFlight.Lease lease;

  private ReceiveBuffer(InFlight.Lease lease) {
    this.lease = lease;
  }

  /**
   * A buffer that has so many bytes now.
   *
   * @param known the one there is, or null
   * @param end ends the connection; any thread
   */
  static @Nullable ReceiveBuffer of(
      @Nullable ReceiveBuffer known, int bytes, InFlight inFlight, Consumer<BrokerException> end) {
    if (known == null && bytes <= InFlight.UNCOUNTED) {
      return null;
    }
    ReceiveBuffer buffer =
        known == null ? new ReceiveBuffer(inFlight.lease(() -> end.accept(tooSlow()))) : known;
    try {
      buffer.lease.hold(bytes);
    } catch (BrokerException e) {
      end.accept(e); // the buffer is there for as long as the goodbye takes
    }
    return buffer;
  }

  private static BrokerException tooSlow() {
    return new BrokerException(
        ErrorCode.OVERLOADED, "a frame came too slowly while memory was short");
  }

  /** A frame has come through. */
  void touch() {
    lease.touch();
  }

  void close() {
    lease.close();
  }
}
