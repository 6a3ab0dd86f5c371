package io.emque.transport.http;

/** In what form a subscriber gets its messages. */
enum Format {
  /** Payloads alone: bytes one after the other, or a binary frame each. */
  RAW("raw", "application/octet-stream"),
  /** Payload and newline. */
  LINES("lines", "text/plain; charset=utf-8"),
  /** A JSON object a message: NDJSON, or a text frame each. */
  JSON("json", "application/x-ndjson"),
  /** A text frame each; for WebSocket alone. */
  TEXT("text", ""),
  /** Server-Sent Events. */
  SSE("sse", "text/event-stream; charset=utf-8");

  private final String wireName;
  private final String contentType;

  Format(String wireName, String contentType) {
    this.wireName = wireName;
    this.contentType = contentType;
  }

  String wireName() {
    return wireName;
  }

  String contentType() {
    return contentType;
  }
}
