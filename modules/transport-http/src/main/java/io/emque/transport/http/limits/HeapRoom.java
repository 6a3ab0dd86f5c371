package io.emque.transport.http.limits;

/**
 * What there is heap for, where nobody says how much there may be: a quarter of it is for those who
 * are connected, an eighth for messages that are being received.
 */
final class HeapRoom {
  private static final long HEAP = Runtime.getRuntime().maxMemory();
  private static final int CONNECTED_SHARE = 4;
  private static final int IN_FLIGHT_SHARE = 8;

  /** Objects, buffers and the stacks of two threads, over TLS, and some room. */
  private static final long CONNECTION = 32 * 1024;

  /** A subscription beside others of its connection, by HTTP/2 or gRPC. */
  private static final long SUBSCRIPTION = CONNECTION / 2;

  private static final int LEAST = 64;
  private static final long LEAST_IN_FLIGHT = 4 * 1024 * 1024;

  private HeapRoom() {}

  static int connections() {
    return Math.clamp(HEAP / CONNECTED_SHARE / CONNECTION, LEAST, Integer.MAX_VALUE);
  }

  static int subscriptions() {
    return Math.clamp(HEAP / CONNECTED_SHARE / SUBSCRIPTION, LEAST, Integer.MAX_VALUE);
  }

  static long inFlightBytes() {
    return Math.max(LEAST_IN_FLIGHT, HEAP / IN_FLIGHT_SHARE);
  }
}
