package io.emque.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One message of a topic's log. Immutable but for the array that {@link #payload} hands out. */
public final class Message implements Delivery {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final String topic;
  private final Cursor cursor;
  private final long timeNanos;
  private final @Nullable String id;
  private final Map<String, String> headers;
  private final byte[] payload;

  /**
   * @param topic the topic
   * @param cursor its position
   * @param timeNanos when it was appended, nanoseconds since 1970 UTC
   * @param id the publisher's id for it, or null
   * @param headers application headers, names in lower case
   * @param payload owned by the message from now on
   */
  public Message(
      String topic,
      Cursor cursor,
      long timeNanos,
      @Nullable String id,
      Map<String, String> headers,
      byte[] payload) {
    this.topic = requireNonNull(topic, "topic");
    this.cursor = requireNonNull(cursor, "cursor");
    this.timeNanos = timeNanos;
    this.id = id;
    this.headers = Map.copyOf(headers);
    this.payload = requireNonNull(payload, "payload");
  }

  @Override
  public String topic() {
    return topic;
  }

  /** Its position; subscribe {@link StartPosition#after} it to go on from here. */
  public Cursor cursor() {
    return cursor;
  }

  /** Its position in the topic. */
  public long offset() {
    return cursor.offset();
  }

  /** When it was appended. */
  public Instant time() {
    return Instant.ofEpochSecond(
        Math.floorDiv(timeNanos, NANOS_PER_SECOND), Math.floorMod(timeNanos, NANOS_PER_SECOND));
  }

  /** When it was appended, nanoseconds since 1970 UTC. */
  public long timeNanos() {
    return timeNanos;
  }

  /** The publisher's id for it, or null. */
  public @Nullable String id() {
    return id;
  }

  /** Application headers, names in lower case; immutable. */
  public Map<String, String> headers() {
    return headers;
  }

  /** The payload itself, not a copy. */
  public byte[] payload() {
    return payload;
  }

  /** The payload read as UTF-8; bytes that are not become U+FFFD. */
  public String text() {
    return new String(payload, UTF_8);
  }

  /** Topic and position, never the payload. */
  @Override
  public String toString() {
    return "Message[" + topic + " " + cursor + ", " + payload.length + " bytes]";
  }
}
