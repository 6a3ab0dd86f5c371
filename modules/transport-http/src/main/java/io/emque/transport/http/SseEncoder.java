package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.engine.RecordFormat;
import io.emque.engine.Slice;
import io.emque.frames.Utf8Check;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Server-Sent Events (WHATWG HTML, section 9.2). */
final class SseEncoder implements Encoder {
  private static final RecordFormat SHARED = OnceEncoder.format(SseEncoder::new);

  private static final byte[] ID = "id: ".getBytes(US_ASCII);
  private static final byte[] DATA = "\ndata: ".getBytes(US_ASCII);
  private static final byte[] END = "\n\n".getBytes(US_ASCII);
  private static final byte[] BASE64 = "event: base64\n".getBytes(US_ASCII);
  private static final byte[] GAP = "event: gap\n".getBytes(US_ASCII);
  private static final byte[] MOVED = "event: moved\n".getBytes(US_ASCII);
  private static final byte[] RETRY = "\nretry: ".getBytes(US_ASCII);
  private static final byte[] REFUSED = "event: refused\ndata: ".getBytes(US_ASCII);
  private static final byte[] HEARTBEAT = ": heartbeat\n\n".getBytes(US_ASCII);
  private static final int PIECE = 3 * 4096; // a multiple of three bytes has no padding

  private String epoch = ""; // of the last message
  private final NumberedPrefix id = new NumberedPrefix();

  @Override
  public void begin(Output out, Cursor next) {
    out.put(ID).putUtf8(next.epoch()).put(':').putNumber(next.offset() - 1).put(END);
  }

  @Override
  public RecordFormat shared() {
    return SHARED;
  }

  @Override
  public void message(Output out, Slice slice, int i) {
    byte[] bytes = slice.array();
    int from = slice.payloadStart(i);
    int to = from + slice.payloadLength(i);
    boolean line = ByteScan.indexOfLineEndOrBeyondAscii(bytes, from, to) == to;
    boolean text = line || isText(bytes, from, to);
    if (!text) {
      out.put(BASE64);
    }
    id(slice.epoch(i)).put(out, slice.offset(i)).put(DATA);
    if (line) {
      out.put(bytes, from, to - from);
    } else if (text) {
      lines(out, bytes, from, to);
    } else {
      base64(out, bytes, from, to);
    }
    out.put(END);
  }

  private NumberedPrefix id(String next) {
    if (!next.equals(epoch)) {
      epoch = next;
      id.text(("id: " + next + ":").getBytes(US_ASCII));
    }
    return id;
  }

  /**
   * A carriage return would come out as a line end: such a payload goes as Base64, like one that is
   * not UTF-8.
   */
  private static boolean isText(byte[] bytes, int from, int to) {
    return ByteScan.indexOf(bytes, from, to, '\r') == to && Utf8Check.isValid(bytes, from, to);
  }

  private static void lines(Output out, byte[] bytes, int from, int to) {
    int line = from;
    while (true) {
      int end = ByteScan.indexOf(bytes, line, to, '\n');
      out.put(bytes, line, end - line);
      if (end == to) {
        return;
      }
      out.put(DATA);
      line = end + 1;
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
    return JsonText.object(
            out -> {
              out.put(MOVED);
              if (after != null) {
                out.put(ID).putUtf8(after.toString()).put('\n');
              }
              out.putUtf8("retry: ").putNumber(retryMillis).put(DATA);
              JsonEncoder.movedObject(out, topic, after, retryMillis);
              out.put(END);
            })
        .getBytes(UTF_8);
  }

  @Override
  public boolean refusal(Output out, BrokerException why) {
    out.put(REFUSED);
    JsonEncoder.refusalObject(out, why);
    out.put(END);
    return true;
  }

  @Override
  public void heartbeat(Output out) {
    out.put(HEARTBEAT);
  }
}
