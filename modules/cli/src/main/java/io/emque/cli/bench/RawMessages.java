package io.emque.cli.bench;

/** Payloads of one size, with nothing between them. */
final class RawMessages implements BodyMessages {
  private final int payloadBytes;
  private long first;
  private long second;
  private int left; // of a payload whose stamp was read

  RawMessages(int payloadBytes) {
    this.payloadBytes = payloadBytes;
  }

  @Override
  public int parse(byte[] bytes, int from, int to, Listener listener) {
    int at = from;
    while (true) {
      if (left > 0) {
        int n = Math.min(left, to - at);
        at += n;
        left -= n;
        if (left > 0) {
          return at;
        }
        listener.message(first, second, payloadBytes);
      }
      if (to - at < Stamp.BYTES) {
        return at;
      }
      first = Stamp.first(bytes, at);
      second = Stamp.second(bytes, at);
      if (to - at >= payloadBytes) {
        listener.message(first, second, payloadBytes);
        at += payloadBytes;
      } else {
        at += Stamp.BYTES;
        left = payloadBytes - Stamp.BYTES;
      }
    }
  }
}
