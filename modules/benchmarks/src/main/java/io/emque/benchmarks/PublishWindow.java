package io.emque.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.Semaphore;

/**
 * Publishes one message over and over while no more than a window of them is unanswered: the same
 * load for every protocol.
 */
final class PublishWindow {
  private final Semaphore permits;
  private final int count;

  /** Reads one answer; fails when it is a refusal. */
  @FunctionalInterface
  interface Answers {
    void next(InputStream in) throws IOException;
  }

  PublishWindow(int count, int window) {
    this.count = count;
    this.permits = new Semaphore(window);
  }

  /** Prints how many a second were published and answered. */
  void publish(InputStream in, OutputStream out, byte[] message, Answers answers)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    var reading =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < count; i++) {
                  answers.next(in);
                  permits.release();
                }
              } catch (IOException e) {
                System.err.println(e.getMessage());
                System.exit(1);
              }
            });
    reading.start();
    for (int i = 0; i < count; i++) {
      if (!permits.tryAcquire()) {
        synchronized (out) {
          out.flush();
        }
        permits.acquire();
      }
      synchronized (out) {
        out.write(message);
      }
    }
    synchronized (out) {
      out.flush();
    }
    reading.join();
    report("published", count, began);
  }

  static void report(String what, int count, long began) {
    System.out.printf("%s %.0f/s%n", what, count / ((System.nanoTime() - began) / 1e9));
  }
}
