package io.emque.cli.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** Server-Sent Events whose data are payloads of one size, without line ends. */
final class EventMessages implements BodyMessages {
  private static final byte[] DATA = "data: ".getBytes(US_ASCII);
  private static final int HEAD = DATA.length + Stamp.BYTES;

  private final int payloadBytes;
  private long first;
  private long second;
  private int left; // of a payload whose stamp was read
  private boolean inLine; // the rest of a line does not matter

  EventMessages(int payloadBytes) {
    this.payloadBytes = payloadBytes;
  }

  @Override
  public int parse(byte[] bytes, int from, int to, Listener listener) {
    int at = from;
    while (at < to) {
      if (left > 0) {
        int n = Math.min(left, to - at);
        at += n;
        left -= n;
        if (left == 0) {
          listener.message(first, second, payloadBytes);
        }
        continue;
      }
      int end = endOfLine(bytes, at, inLine ? to : Math.min(to, at + HEAD));
      if (end >= 0) { // too short to be data, or the rest of a line
        at = end + 1;
        inLine = false;
      } else if (inLine) {
        at = to;
      } else if (to - at < HEAD) {
        return at;
      } else {
        at = begin(bytes, at, listener);
      }
    }
    return at;
  }

  private int begin(byte[] bytes, int at, Listener listener) {
    inLine = true;
    for (int i = 0; i < DATA.length; i++) {
      if (bytes[at + i] != DATA[i]) {
        return at + DATA.length;
      }
    }
    first = Stamp.first(bytes, at + DATA.length);
    second = Stamp.second(bytes, at + DATA.length);
    left = payloadBytes - Stamp.BYTES;
    if (left == 0) {
      listener.message(first, second, payloadBytes);
    }
    return at + HEAD;
  }

  private static int endOfLine(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }
}
