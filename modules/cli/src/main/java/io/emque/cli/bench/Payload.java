package io.emque.cli.bench;

import java.util.SplittableRandom;

/** Messages of one run: a stamp, then letters that hardly compress. */
final class Payload {
  private final int run;
  private final byte[] template;

  Payload(int run, int bytes) {
    this.run = run;
    this.template = new byte[bytes];
    var random = new SplittableRandom(1);
    for (int i = Stamp.BYTES; i < bytes; i++) {
      template[i] = (byte) ('0' + random.nextInt(64));
    }
  }

  int length() {
    return template.length;
  }

  /** Writes a message. */
  void write(byte[] bytes, int at, Plan.Stream stream, long place, long dueMicros) {
    System.arraycopy(template, 0, bytes, at, template.length);
    Stamp.write(bytes, at, run, stream.index(), place, dueMicros);
  }
}
