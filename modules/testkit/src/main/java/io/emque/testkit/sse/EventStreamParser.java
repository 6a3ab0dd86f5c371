package io.emque.testkit.sse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads an event stream as WHATWG HTML has it (sections 9.2.5, parsing, and 9.2.6, interpreting),
 * and knows nothing of who wrote it. Bytes may come in pieces of any size. Not for use by more than
 * one thread.
 */
public final class EventStreamParser {
  private static final char BOM = '\uFEFF';
  private static final char REPLACEMENT = '\uFFFD';

  private final CharsetDecoder decoder =
      UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private byte[] rest = {}; // of a character that has not come as a whole

  private boolean begun;
  private boolean afterCarriageReturn;
  private final StringBuilder line = new StringBuilder();

  private final StringBuilder data = new StringBuilder();
  private String type = "";
  private String id = "";
  private String lastEventId = "";
  private long retryMillis = -1;

  private final List<Event> events = new ArrayList<>();
  private final List<String> comments = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  /**
   * What a page's listener gets.
   *
   * @param type {@code message} where the stream named none
   * @param lastEventId of this event, or of the last one before it that had one
   */
  public record Event(String type, String data, String lastEventId) {}

  /** A parser at a stream's beginning. */
  public EventStreamParser() {}

  /** All events of a stream that has ended. What is behind the last blank line is none. */
  public static List<Event> parse(byte[] stream) {
    return new EventStreamParser().feed(stream, 0, stream.length);
  }

  /** Goes on with more bytes; the events that are complete with them. */
  public List<Event> feed(byte[] bytes, int offset, int length) {
    var in = ByteBuffer.allocate(rest.length + length);
    in.put(rest).put(bytes, offset, length).flip();
    var out = CharBuffer.allocate(in.remaining() + 1);
    decoder.decode(in, out, false);
    rest = new byte[in.remaining()];
    in.get(rest);
    out.flip();
    while (out.hasRemaining()) {
      take(out.get());
    }
    List<Event> complete = List.copyOf(events);
    events.clear();
    return complete;
  }

  /** What a browser sends as {@code Last-Event-ID} when it comes back now. */
  public String lastEventId() {
    return lastEventId;
  }

  /** How long a browser waits before it comes back; -1 when the stream has not said so. */
  public long retryMillis() {
    return retryMillis;
  }

  /** All comments so far, without their colon. */
  public List<String> comments() {
    return List.copyOf(comments);
  }

  /**
   * What a browser passes over in silence, and a server that means what it says never sends: lines
   * of unknown fields, an id with a NUL, a retry that is no number, bytes that are not UTF-8.
   */
  public List<String> faults() {
    return List.copyOf(faults);
  }

  private void take(char c) {
    if (!begun) {
      begun = true;
      if (c == BOM) {
        return;
      }
    }
    if (c == '\n' && afterCarriageReturn) {
      afterCarriageReturn = false; // the second half of a line end
      return;
    }
    afterCarriageReturn = c == '\r';
    if (c == '\r' || c == '\n') {
      lineEnds(line.toString());
      line.setLength(0);
    } else {
      line.append(c);
    }
  }

  private void lineEnds(String read) {
    if (read.isEmpty()) {
      dispatch();
      return;
    }
    if (read.indexOf(REPLACEMENT) >= 0) {
      faults.add("perhaps not UTF-8: " + read);
    }
    int colon = read.indexOf(':');
    if (colon == 0) {
      comments.add(read.substring(1));
    } else if (colon > 0) {
      String value = read.substring(colon + 1);
      field(read.substring(0, colon), value.startsWith(" ") ? value.substring(1) : value);
    } else {
      field(read, "");
    }
  }

  private void field(String name, String value) {
    switch (name) {
      case "event" -> type = value;
      case "data" -> data.append(value).append('\n');
      case "id" -> {
        if (value.indexOf('\0') < 0) {
          id = value;
        } else {
          faults.add("an id with a NUL");
        }
      }
      case "retry" -> {
        Long millis = digits(value);
        if (millis != null) {
          retryMillis = millis;
        } else {
          faults.add("retry: " + value);
        }
      }
      default -> faults.add("an unknown field: " + name);
    }
  }

  private static @Nullable Long digits(String value) {
    try {
      return value.chars().allMatch(c -> c >= '0' && c <= '9') ? Long.valueOf(value) : null;
    } catch (NumberFormatException e) {
      return null; // empty, or too large for anyone to wait
    }
  }

  private void dispatch() {
    lastEventId = id;
    if (!data.isEmpty()) {
      data.setLength(data.length() - 1);
      events.add(new Event(type.isEmpty() ? "message" : type, data.toString(), lastEventId));
    }
    data.setLength(0);
    type = "";
  }
}
