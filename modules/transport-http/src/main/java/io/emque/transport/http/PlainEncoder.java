package io.emque.transport.http;

import io.emque.engine.Slice;

/**
 * Payloads alone, or each with a newline behind it. The bytes are the user's: no gaps, no signs of
 * life.
 */
final class PlainEncoder implements Encoder {
  private final boolean lines;

  PlainEncoder(boolean lines) {
    this.lines = lines;
  }

  @Override
  public void message(Output out, Slice slice, int i) {
    out.put(slice.array(), slice.payloadStart(i), slice.payloadLength(i));
    if (lines) {
      out.put('\n');
    }
  }
}
