package io.emque.testkit.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes inputs of other inputs: flips, cuts, copies, splices, and puts in words and numbers. */
final class Mutator {
  private static final int MOST_STEPS = 6;

  /** Where lengths, counts and comparisons go wrong. */
  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    2,
    125,
    126,
    127,
    128,
    255,
    256,
    1023,
    1024,
    32_767,
    32_768,
    65_535,
    65_536,
    1L << 24,
    Integer.MAX_VALUE - 8,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 32,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private final List<byte[]> corpus;
  private final List<byte[]> words;
  private final int maxBytes;

  Mutator(List<byte[]> corpus, List<byte[]> words, int maxBytes) {
    this.corpus = corpus;
    this.words = words;
    this.maxBytes = maxBytes;
  }

  /** The input that this generator stands for. */
  byte[] make(Random random) {
    byte[] input = random.nextInt(16) == 0 ? noise(random, 64) : some(random).clone();
    int steps = 1 + random.nextInt(MOST_STEPS);
    for (int i = 0; i < steps; i++) {
      input = step(random, input);
    }
    return input.length > maxBytes ? Arrays.copyOf(input, maxBytes) : input;
  }

  private byte[] some(Random random) {
    return corpus.isEmpty() ? noise(random, 64) : corpus.get(random.nextInt(corpus.size()));
  }

  private static byte[] noise(Random random, int most) {
    byte[] noise = new byte[random.nextInt(most + 1)];
    random.nextBytes(noise);
    return noise;
  }

  private byte[] step(Random random, byte[] in) {
    int from = random.nextInt(in.length + 1);
    int to = Math.min(in.length, from + random.nextInt(random.nextInt(8) == 0 ? 256 : 8));
    return switch (random.nextInt(11)) {
      case 0 -> with(in, from, in.length - from > 0 ? 1 : 0, flipped(random, in, from));
      case 1 -> with(in, from, to - from, noise(random, to - from));
      case 2 -> with(in, from, to - from, new byte[0]);
      case 3 -> with(in, from, 0, noise(random, 8));
      case 4 -> with(in, from, 0, Arrays.copyOfRange(in, from, to)); // twice
      case 5 -> random.nextInt(4) == 0 ? Arrays.copyOf(in, from) : in;
      case 6 -> spliced(random, in, from);
      case 7 -> with(in, from, random.nextBoolean() ? to - from : 0, word(random));
      case 8 -> number(random, in, from);
      case 9 -> digits(random, in, from);
      default -> moved(random, in, from, to);
    };
  }

  private static byte[] flipped(Random random, byte[] in, int at) {
    return at < in.length ? new byte[] {(byte) (in[at] ^ (1 << random.nextInt(8)))} : new byte[0];
  }

  /** The beginning of one and the end of another. */
  private byte[] spliced(Random random, byte[] in, int from) {
    byte[] other = some(random);
    int at = random.nextInt(other.length + 1);
    return with(in, from, in.length - from, Arrays.copyOfRange(other, at, other.length));
  }

  private byte[] word(Random random) {
    if (words.isEmpty()) {
      byte[] other = some(random);
      int at = random.nextInt(other.length + 1);
      return Arrays.copyOfRange(other, at, Math.min(other.length, at + random.nextInt(16)));
    }
    return words.get(random.nextInt(words.size()));
  }

  /** Over what is there, in one to eight bytes, the high one first or last. */
  private static byte[] number(Random random, byte[] in, int at) {
    long value = NUMBERS[random.nextInt(NUMBERS.length)] + random.nextInt(3) - 1;
    int width = 1 << random.nextInt(4);
    boolean high = random.nextBoolean();
    byte[] bytes = new byte[width];
    for (int i = 0; i < width; i++) {
      bytes[high ? width - 1 - i : i] = (byte) (value >>> (8 * i));
    }
    return with(in, at, Math.min(width, in.length - at), bytes);
  }

  /** Another number where one is written in digits. */
  private static byte[] digits(Random random, byte[] in, int from) {
    int start = from;
    while (start < in.length && !isDigit(in[start])) {
      start++;
    }
    int end = start;
    while (end < in.length && isDigit(in[end])) {
      end++;
    }
    long value = NUMBERS[random.nextInt(NUMBERS.length)];
    byte[] text = Long.toString(value).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    return with(in, start, end - start, text);
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static byte[] moved(Random random, byte[] in, int from, int to) {
    byte[] piece = Arrays.copyOfRange(in, from, to);
    byte[] without = with(in, from, to - from, new byte[0]);
    return with(without, random.nextInt(without.length + 1), 0, piece);
  }

  /** The bytes with {@code count} of them, from {@code at} on, replaced. */
  private static byte[] with(byte[] in, int at, int count, byte[] by) {
    byte[] out = new byte[in.length - count + by.length];
    System.arraycopy(in, 0, out, 0, at);
    System.arraycopy(by, 0, out, at, by.length);
    System.arraycopy(in, at + count, out, at + by.length, in.length - at - count);
    return out;
  }
}
