package io.emque.transport.grpc;

import io.grpc.stub.ServerCallStreamObserver;

/** Word of a client that ended its call. */
final class Cancellations {
  private Cancellations() {}

  /**
   * Calls {@code action} when the client ends the call. Where the call has begun already, that can
   * be said no more, and a write finds out.
   */
  static void on(ServerCallStreamObserver<?> call, Runnable action) {
    call.setOnCancelHandler(action);
  }
}
