package io.emque.cli.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What ends a run before its time: the first thing that went wrong, or somebody who has seen
 * enough.
 *
 * <p><b>Threads:</b> any.
 */
final class Trouble {
  private final CountDownLatch any = new CountDownLatch(1);
  private @Nullable String failure; // under this
  private boolean interrupted; // under this
  private boolean ended; // under this

  /** Something went wrong; what comes after the first one, or after the end, is its consequence. */
  synchronized void tell(String what, IOException why) {
    if (failure == null && !ended && !interrupted) {
      String message = why.getMessage();
      failure = what + ": " + (message == null ? why.getClass().getSimpleName() : message);
    }
    any.countDown();
  }

  /** Somebody has seen enough. */
  synchronized void interrupt() {
    interrupted = true;
    any.countDown();
  }

  /** From now on connections may end. */
  synchronized void end() {
    ended = true;
  }

  synchronized @Nullable String failure() {
    return failure;
  }

  synchronized boolean interrupted() {
    return interrupted;
  }

  boolean any() {
    return any.getCount() == 0;
  }

  /** Waits until there is some, but no longer than that. */
  void await(Duration most) {
    try {
      if (any.await(most.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
