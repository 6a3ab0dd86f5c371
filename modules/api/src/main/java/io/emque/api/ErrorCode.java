package io.emque.api;

/**
 * What a refusal is called, the same on every protocol. The names are stable; {@link #httpStatus},
 * {@link #webSocketClose} and {@link #grpcStatus} are the one table from which transports map a
 * refusal to theirs.
 */
public enum ErrorCode {
  /** No topic was named. */
  TOPIC_REQUIRED(400, 1008, 3),
  /** The topic's name breaks the rules of {@link Topics#requireValid}. */
  TOPIC_INVALID(400, 1008, 3),
  /** No such topic now. */
  TOPIC_UNKNOWN(404, 1008, 5),
  /** A position could not be read. */
  CURSOR_INVALID(400, 1008, 3),
  /** An option has a value outside its rule. */
  OPTION_INVALID(400, 1008, 3),
  /** A query string is not well formed. */
  QUERY_INVALID(400, 1008, 3),
  /** Credentials are missing or wrong. */
  UNAUTHENTICATED(401, 4401, 16),
  /** The caller may not do this. */
  FORBIDDEN(403, 1008, 7),
  /** A browser page of a foreign origin asked. */
  ORIGIN_REFUSED(403, 1008, 7),
  /** No such path. */
  NOT_FOUND(404, 1008, 12),
  /** The path does not take this method. */
  METHOD_NOT_ALLOWED(405, 1008, 12),
  /** A message is over the limit. */
  MESSAGE_TOO_LARGE(413, 1009, 8),
  /** The broker holds as many topics as it may. */
  TOO_MANY_TOPICS(503, 1013, 8),
  /** The connection, or the broker, holds as many subscriptions as it may. */
  TOO_MANY_SUBSCRIPTIONS(503, 1013, 8),
  /** The caller sends faster than it may. */
  RATE_LIMITED(429, 1013, 8),
  /** No server behind a proxy took it. */
  UPSTREAM_FAILED(502, 1013, 14),
  /** No room now; try again later. */
  OVERLOADED(503, 1013, 14),
  /** The subscriber read too slowly and asked to be closed when that happens. */
  SLOW_CONSUMER(503, 1013, 8),
  /** The broker is stopping. */
  DRAINING(503, 1012, 14),
  /** The disk is full. */
  STORE_FULL(507, 1013, 8),
  /** The disk failed. */
  STORE_FAILED(500, 1011, 13),
  /** A fault of the broker's own. */
  INTERNAL(500, 1011, 13);

  private final int httpStatus;
  private final int webSocketClose;
  private final int grpcStatus;

  ErrorCode(int httpStatus, int webSocketClose, int grpcStatus) {
    this.httpStatus = httpStatus;
    this.webSocketClose = webSocketClose;
    this.grpcStatus = grpcStatus;
  }

  /** The status of an HTTP answer with this code. */
  public int httpStatus() {
    return httpStatus;
  }

  /** The close code of a WebSocket connection that ends with this code. */
  public int webSocketClose() {
    return webSocketClose;
  }

  /** The number of the status of a gRPC call that ends with this code. */
  public int grpcStatus() {
    return grpcStatus;
  }

  /** Whether the same request may succeed later, unchanged. */
  public boolean retryable() {
    return httpStatus == 429 || httpStatus == 502 || httpStatus == 503 || httpStatus == 507;
  }
}
