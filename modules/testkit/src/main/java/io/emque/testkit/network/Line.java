package io.emque.testkit.network;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a connection does to the bytes that pass, either way. The order of the bytes stays what it
 * was, and none is changed: that much TCP promises.
 *
 * @param latency how much later each byte arrives; up to a mebibyte is on its way meanwhile
 * @param gather bytes that come within this time of the first go out in one piece; zero for as they
 *     come
 * @param segmentBytes largest piece that goes out at a time; 0 for as they come
 * @param bytesPerSecond how many pass; 0 for no limit
 * @param end how it ends; null for as its ends do
 */
public record Line(
    Duration latency, Duration gather, int segmentBytes, long bytesPerSecond, @Nullable End end) {
  /** Does nothing to them. */
  public static final Line GOOD = new Line(Duration.ZERO, Duration.ZERO, 0, 0, null);

  /** Refuses nulls and what is negative. */
  public Line {
    requireNotNegative("latency", latency);
    requireNotNegative("gather", gather);
    if (segmentBytes < 0) {
      throw new IllegalArgumentException(
          "segmentBytes must be 0 or more, got " + segmentBytes + "; 0 is as they come");
    }
    if (bytesPerSecond < 0) {
      throw new IllegalArgumentException(
          "bytesPerSecond must be 0 or more, got " + bytesPerSecond + "; 0 is no limit");
    }
  }

  private static void requireNotNegative(String name, Duration value) {
    if (requireNonNull(value, name).isNegative()) {
      throw new IllegalArgumentException(name + " must be 0 or more, got " + value);
    }
  }

  /** This line with each byte later. */
  public Line latency(Duration newLatency) {
    return new Line(newLatency, gather, segmentBytes, bytesPerSecond, end);
  }

  /** This line with what comes within a time merged into one piece. */
  public Line merged(Duration within) {
    return new Line(latency, within, segmentBytes, bytesPerSecond, end);
  }

  /** This line with what comes split into pieces of so many bytes. */
  public Line split(int bytes) {
    return new Line(latency, gather, bytes, bytesPerSecond, end);
  }

  /** This line with so many bytes a second. */
  public Line bandwidth(long newBytesPerSecond) {
    return new Line(latency, gather, segmentBytes, newBytesPerSecond, end);
  }

  /** This line with one byte at a time, so many a second. */
  public Line drip(long newBytesPerSecond) {
    return split(1).bandwidth(newBytesPerSecond);
  }

  /** This line, reset once so many bytes have passed. */
  public Line resetAt(Direction direction, long byteNumber) {
    return ending(Fate.RESET, direction, byteNumber);
  }

  /** This line, ended in one direction once so many bytes have passed; the other goes on. */
  public Line halfCloseAt(Direction direction, long byteNumber) {
    return ending(Fate.HALF_CLOSE, direction, byteNumber);
  }

  /** This line, silent in one direction once so many bytes have passed, without an end. */
  public Line stallAt(Direction direction, long byteNumber) {
    return ending(Fate.STALL, direction, byteNumber);
  }

  private Line ending(Fate fate, Direction direction, long byteNumber) {
    return new Line(
        latency, gather, segmentBytes, bytesPerSecond, new End(fate, direction, byteNumber));
  }

  /** What becomes of a connection. */
  public enum Fate {
    /** Both sides find it reset. */
    RESET,
    /** The receiver finds the end of the stream, and may still send. */
    HALF_CLOSE,
    /** The receiver hears nothing more, and the sender is not read. */
    STALL
  }

  /**
   * How a connection ends.
   *
   * @param byteNumber how many bytes pass before it, 0 or more
   */
  public record End(Fate fate, Direction direction, long byteNumber) {
    /** Refuses nulls and a negative number. */
    public End {
      requireNonNull(fate, "fate");
      requireNonNull(direction, "direction");
      if (byteNumber < 0) {
        throw new IllegalArgumentException("byteNumber must be 0 or more, got " + byteNumber);
      }
    }
  }
}
