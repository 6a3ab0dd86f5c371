package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.engine.Slice;
import io.emque.frames.Utf8Check;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Server-Sent Events (WHATWG HTML, section 9.2). */
final class SseEncoder implements Encoder {
  private static final byte[] ID = "id: ".getBytes(US_ASCII);
  private static final byte[] DATA = "\ndata: ".getBytes(US_ASCII);
  private static final byte[] END = "\n\n".getBytes(US_ASCII);
  private static final byte[] BASE64 = "event: base64\n".getBytes(US_ASCII);
  private static final byte[] GAP = "event: gap\n".getBytes(US_ASCII);
  private static final byte[] MOVED = "event: moved\n".getBytes(US_ASCII);
  private static final byte[] RETRY = "\nretry: ".getBytes(US_ASCII);
  private static final byte[] HEARTBEAT = ": heartbeat\n\n".getBytes(US_ASCII);
  private static final int PIECE = 3 * 4096; // a multiple of three bytes has no padding

  private String epoch = ""; // of the last message
  private byte[] epochBytes = {};

  @Override
  public void begin(Output out, Cursor next) {
    out.put(ID).putUtf8(next.epoch()).put(':').putNumber(next.offset() - 1).put(END);
  }

  @Override
  public void messages(Output out, String topic, Slice slice) {
    for (int i = 0; i < slice.count(); i++) {
      int from = slice.payloadStart(i);
      int to = from + slice.payloadLength(i);
      boolean text = isText(slice.array(), from, to);
      if (!text) {
        out.put(BASE64);
      }
      out.put(ID).put(epochBytes(slice.epoch(i))).put(':').putNumber(slice.offset(i));
      if (text) {
        lines(out, slice.array(), from, to);
      } else {
        out.put(DATA);
        base64(out, slice.array(), from, to);
      }
      out.put(END);
    }
  }

  private byte[] epochBytes(String next) {
    if (!next.equals(epoch)) {
      epoch = next;
      epochBytes = next.getBytes(US_ASCII);
    }
    return epochBytes;
  }

  /**
   * A carriage return would come out as a line end: such a payload goes as Base64, like one that is
   * not UTF-8.
   */
  private static boolean isText(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\r') {
        return false;
      }
    }
    return Utf8Check.isValid(bytes, from, to);
  }

  private static void lines(Output out, byte[] bytes, int from, int to) {
    int line = from;
    for (int i = from; i <= to; i++) {
      if (i == to || bytes[i] == '\n') {
        out.put(DATA).put(bytes, line, i - line);
        line = i + 1;
      }
    }
  }

  static void base64(Output out, byte[] bytes, int from, int to) {
    var encoder = Base64.getEncoder();
    for (int at = from; at < to; at += PIECE) {
      byte[] piece = java.util.Arrays.copyOfRange(bytes, at, Math.min(to, at + PIECE));
      out.put(encoder.encode(piece));
    }
  }

  @Override
  public void gap(Output out, Gap gap) {
    out.put(GAP).put(ID).putUtf8(gap.next().epoch()).put(':').putNumber(gap.next().offset() - 1);
    out.put(DATA);
    JsonEncoder.gapObject(out, gap);
    out.put(END);
  }

  /** The browser obeys {@code retry} by itself, and comes back with the {@code id}. */
  @Override
  public void moved(Output out, Moved moved) {
    out.put(MOVED).put(ID).putUtf8(moved.after().toString());
    out.put(RETRY).putNumber(moved.retryMillis());
    out.put(DATA);
    JsonEncoder.movedObject(out, moved.topic(), moved.after(), moved.retryMillis());
    out.put(END);
  }

  /**
   * A whole stream for somebody who comes while the broker stops.
   *
   * @param after where that one stands; null when it did not say
   */
  static byte[] turnedAway(String topic, @Nullable Cursor after, long retryMillis) {
    var bytes = new ByteArrayOutputStream();
    var out =
        new Output(
            new Sink() {
              @Override
              public void write(byte[] buffer, int count) {
                bytes.write(buffer, HEAD, count);
              }

              @Override
              public void end() {}
            });
    out.put(MOVED);
    if (after != null) {
      out.put(ID).putUtf8(after.toString()).put('\n');
    }
    out.putUtf8("retry: ").putNumber(retryMillis).put(DATA);
    JsonEncoder.movedObject(out, topic, after, retryMillis);
    out.put(END).flush();
    return bytes.toByteArray();
  }

  @Override
  public void heartbeat(Output out) {
    out.put(HEARTBEAT);
  }
}
