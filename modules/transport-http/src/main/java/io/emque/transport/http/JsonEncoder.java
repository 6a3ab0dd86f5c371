package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.engine.RecordFormat;
import io.emque.engine.Slice;
import io.emque.frames.Utf8Check;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One JSON object a message, each on a line of its own. */
final class JsonEncoder implements Encoder {
  private static final RecordFormat SHARED = OnceEncoder.format(JsonEncoder::new);

  private static final byte[] TOPIC = "{\"topic\":".getBytes(US_ASCII);
  private static final byte[] EPOCH = ",\"epoch\":\"".getBytes(US_ASCII);
  private static final byte[] OFFSET = "\",\"offset\":".getBytes(US_ASCII);
  private static final byte[] TIME = ",\"time\":\"".getBytes(US_ASCII);
  private static final byte[] ID = ",\"id\":".getBytes(US_ASCII);
  private static final byte[] HEADERS = ",\"headers\":{".getBytes(US_ASCII);
  private static final byte[] PAYLOAD = "},\"payload\":".getBytes(US_ASCII);
  private static final byte[] PAYLOAD_BASE64 = "},\"payloadBase64\":\"".getBytes(US_ASCII);
  private static final byte[] GAP = "{\"gap\":".getBytes(US_ASCII);
  private static final byte[] ERROR = "{\"error\":".getBytes(US_ASCII);
  private static final byte[] CODE = "{\"code\":\"".getBytes(US_ASCII);
  private static final byte[] MESSAGE = "\",\"message\":".getBytes(US_ASCII);
  private static final byte[] EXPECTED = ",\"expected\":\"".getBytes(US_ASCII);
  private static final byte[] NEXT = "\",\"next\":\"".getBytes(US_ASCII);
  private static final byte[] MISSED = "\",\"missed\":".getBytes(US_ASCII);

  private static final byte[] MOVED = "{\"moved\":".getBytes(US_ASCII);
  private static final byte[] AFTER = ",\"after\":\"".getBytes(US_ASCII);
  private static final byte[] RETRY = ",\"retryMillis\":".getBytes(US_ASCII);

  private final Timestamp timestamp = new Timestamp();
  private final NumberedPrefix start = new NumberedPrefix();
  private String startTopic = ""; // these two are the same for almost every message
  private String startEpoch = "";

  @Override
  public RecordFormat shared() {
    return SHARED;
  }

  @Override
  public void message(Output out, Slice slice, int i) {
    object(out, slice, i);
    out.put('\n');
  }

  /** One message's object, without a newline. */
  void object(Output out, Slice slice, int i) {
    start(slice.topic(), slice.epoch(i)).put(out, slice.offset(i)).put(TIME);
    timestamp.put(out, slice.timeNanos(i));
    out.put('"');
    String id = slice.id(i);
    if (id != null) {
      out.put(ID);
      JsonText.string(out, id);
    }
    headers(out, slice.headers(i));
    int from = slice.payloadStart(i);
    int to = from + slice.payloadLength(i);
    if (Utf8Check.isValid(slice.array(), from, to)) {
      out.put(PAYLOAD);
      JsonText.string(out, slice.array(), from, to);
    } else {
      out.put(PAYLOAD_BASE64);
      SseEncoder.base64(out, slice.array(), from, to);
      out.put('"');
    }
    out.put('}');
  }

  private NumberedPrefix start(String topic, String epoch) {
    if (!epoch.equals(startEpoch) || !topic.equals(startTopic)) {
      String text =
          JsonText.object(
              out -> {
                out.put(TOPIC);
                JsonText.string(out, topic);
                out.put(EPOCH).putUtf8(epoch).put(OFFSET);
              });
      start.text(text.getBytes(UTF_8));
      startTopic = topic;
      startEpoch = epoch;
    }
    return start;
  }

  private static void headers(Output out, Map<String, String> headers) {
    out.put(HEADERS);
    if (headers.isEmpty()) {
      return;
    }
    boolean first = true;
    for (var header : new TreeMap<>(headers).entrySet()) {
      if (!first) {
        out.put(',');
      }
      first = false;
      JsonText.string(out, header.getKey());
      out.put(':');
      JsonText.string(out, header.getValue());
    }
  }

  @Override
  public void gap(Output out, Gap gap) {
    out.put(GAP);
    gapObject(out, gap);
    out.put('}').put('\n');
  }

  /** The gap's own object: topic, expected, next, missed. */
  static void gapObject(Output out, Gap gap) {
    out.put(TOPIC);
    JsonText.string(out, gap.topic());
    out.put(EXPECTED).putUtf8(gap.expected().toString());
    out.put(NEXT).putUtf8(gap.next().toString());
    out.put(MISSED);
    if (gap.missed().isPresent()) {
      out.putNumber(gap.missed().getAsLong());
    } else {
      out.putUtf8("null");
    }
    out.put('}');
  }

  @Override
  public void moved(Output out, Moved moved) {
    out.put(MOVED);
    movedObject(out, moved.topic(), moved.after(), moved.retryMillis());
    out.put('}').put('\n');
  }

  /** The object that says where to go on, and when: topic, after, retryMillis. */
  static void movedObject(Output out, String topic, @Nullable Cursor after, long retryMillis) {
    out.put(TOPIC);
    JsonText.string(out, topic);
    if (after != null) {
      out.put(AFTER).putUtf8(after.toString()).put('"');
    }
    out.put(RETRY).putNumber(retryMillis).put('}');
  }

  @Override
  public boolean refusal(Output out, BrokerException why) {
    out.put(ERROR);
    refusalObject(out, why);
    out.put('}').put('\n');
    return true;
  }

  /** The refusal's own object: code, message. */
  static void refusalObject(Output out, BrokerException why) {
    out.put(CODE).putUtf8(why.code().name()).put(MESSAGE);
    JsonText.string(out, why.getMessage());
    out.put('}');
  }

  @Override
  public void heartbeat(Output out) {
    out.put('\n');
  }
}
