package io.emque.cli.bench;

/** Microseconds that never go back. */
final class Times {
  private static final long ORIGIN = System.nanoTime();

  private Times() {}

  /** Microseconds since this program began. */
  static long micros() {
    return (System.nanoTime() - ORIGIN) / 1_000;
  }
}
