package io.emque.server.tls;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;

/**
 * Closes a socket unless something is done in time. A read time-out would not do: it begins anew
 * with every byte, so that a peer who sends one now and then could stay for ever.
 */
final class Deadline {
  private final Future<?> closing;

  private Deadline(Future<?> closing) {
    this.closing = closing;
  }

  /** Reads and writes that wait then fail with an {@link IOException}. */
  static Deadline closing(Socket socket, Duration after) {
    return closing(socket, after, () -> {});
  }

  /** As above; {@code missed} is told before. */
  static Deadline closing(Socket socket, Duration after, Runnable missed) {
    return new Deadline(
        ForkJoinPool.commonPool()
            .schedule(() -> close(socket, missed), after.toNanos(), NANOSECONDS));
  }

  private static void close(Socket socket, Runnable missed) {
    missed.run();
    try {
      socket.close();
    } catch (IOException e) {
      // it is of no use to anybody any more
    }
  }

  /** It is done, or need not be done any more. */
  void met() {
    closing.cancel(false);
  }
}
