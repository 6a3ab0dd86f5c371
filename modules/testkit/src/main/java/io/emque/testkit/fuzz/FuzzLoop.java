package io.emque.testkit.fuzz;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Calls a target with input after input until it fails, or does not come back. Input {@code n} of a
 * seed is always the same one.
 */
public final class FuzzLoop {
  private static final Duration LONGEST = Duration.ofSeconds(60); // of one input, on a busy machine
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final Target target;
  private final List<byte[]> corpus;
  private final Mutator mutator;
  private final long seed;
  private long runs;

  /**
   * @param corpus inputs to begin with
   * @param words put in here and there
   */
  public FuzzLoop(Target target, List<byte[]> corpus, List<byte[]> words, int maxBytes, long seed) {
    this.target = target;
    this.corpus = corpus;
    this.mutator = new Mutator(corpus, words, maxBytes);
    this.seed = seed;
  }

  /**
   * Whether this target fails within so many mutations: for tests of tests, with planted faults.
   */
  public static boolean finds(Target planted, List<byte[]> corpus, long runs) {
    return new FuzzLoop(planted, corpus, List.of(), 4_096, 1).mutated(runs, Duration.ZERO) != null;
  }

  /** Tries the inputs that are there; null when all is well. */
  @Nullable Finding kept() {
    return watched(
        current -> {
          for (byte[] input : corpus) {
            if (!current.took(input)) {
              return;
            }
          }
        });
  }

  /**
   * Tries mutations.
   *
   * @param most how many, where the time is zero
   * @param time how long, otherwise
   * @return null when all is well
   */
  @Nullable Finding mutated(long most, Duration time) {
    long end = System.nanoTime() + time.toNanos();
    return watched(
        current -> {
          for (runs = 0; time.isZero() ? runs < most : System.nanoTime() < end; runs++) {
            if (!current.took(input(runs))) {
              return;
            }
          }
        });
  }

  /** Tries one mutation once more. */
  @Nullable Finding again(long run) {
    runs = run;
    return watched(current -> current.took(input(run)));
  }

  /** How many mutations were tried. */
  long runs() {
    return runs;
  }

  private byte[] input(long run) {
    return mutator.make(new Random((seed * GOLDEN) ^ (run + 1) * 0xbf58476d1ce4e5b9L));
  }

  /** On a thread of its own, which is left alone when it does not come back. */
  private @Nullable Finding watched(Series series) {
    var current = new Current();
    var thread = Thread.ofPlatform().daemon().name("fuzz").unstarted(() -> series.all(current));
    thread.start();
    try {
      while (!thread.join(Duration.ofMillis(500))) {
        byte[] input = current.input;
        if (input != null && System.nanoTime() - current.since > LONGEST.toNanos()) {
          var hangs = new AssertionError("no end after " + LONGEST.toSeconds() + " s");
          hangs.setStackTrace(thread.getStackTrace());
          thread.interrupt();
          return new Finding(input, runs, hangs);
        }
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the test was stopped", e);
    }
    return current.finding;
  }

  /** What is tested. */
  @FunctionalInterface
  public interface Target {
    /** Takes an input; whatever it throws is a finding. */
    void take(byte[] input) throws Throwable;
  }

  /** An input, the number of its mutation, and what it did. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Finding(byte[] input, long run, Throwable failure) {}

  private interface Series {
    void all(Current current);
  }

  /** The input that is being tried. One thread writes, one looks whether it goes on. */
  private final class Current {
    private volatile long since;
    private volatile byte @Nullable [] input;
    private volatile @Nullable Finding finding;

    private boolean took(byte[] next) {
      since = System.nanoTime();
      input = next;
      try {
        target.take(next.clone());
        return true;
      } catch (Throwable failure) {
        finding = new Finding(next, runs, failure);
        return false;
      } finally {
        input = null;
      }
    }
  }
}
